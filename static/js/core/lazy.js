// A part of the page that most visits never see: its code comes when it is first wanted.

/**
 * @template P
 * @param {HTMLElement} root
 * @param {() => Promise<(root: HTMLElement, callbacks: any) => {update: (props: P) => void}>} load
 * @param {any} callbacks of the view
 * @param {(props: P) => boolean} wanted whether there is something to show
 */
export function lazyPart(root, load, callbacks, wanted) {
  let view = null;
  let loading = false;
  let latest = null;

  async function bring() {
    loading = true;
    try {
      const make = await load();
      view = make(root, callbacks);
      view.update(latest);
    } catch {
      // The server did not answer; the next drawing asks again.
    } finally {
      loading = false;
    }
  }

  return {
    /** @param {P} props */
    update(props) {
      latest = props;
      if (view) view.update(props);
      else if (!loading && wanted(props)) bring();
    },
  };
}
