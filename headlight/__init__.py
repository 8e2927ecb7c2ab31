"""Every attention head of a model, from Python: load a model, run a text, ask the run.

    import headlight
    from headlight import edit

    model = headlight.load("bert")
    run = model.run("The Law will never be perfect, but its application should be just.")
    run.search("its", "law").heads[0]                   # the head that links them most
    run.pattern(layer=3, head=1)                        # [query_pos, key_pos]
    run.explain(layer=3, head=1, query_pos=8, key_pos=2)
    run.what_if([edit.off(layer=3, heads=[1])]).change.sentence_turn

What goes wrong is an `errors.HeadlightError`, whose message says what was given, what is allowed
and what to do. Layers, heads and positions are numbered as the model numbers them, from 0.
"""

from headlight import edit
from headlight.model import Model, load
from headlight.run import Run
from models import errors

__all__ = ["Model", "Run", "edit", "errors", "load"]
