# The service as an image: the packages of requirements.txt, the project's wheel, an account without rights, nothing else.
FROM python:3.13.9-slim-bookworm AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

# The wheel is built by the tools that are pinned with those of the tests; none of them goes any further.
FROM base AS wheel
WORKDIR /source
COPY requirements-test.txt ./
RUN python -m venv /tools && /tools/bin/pip install --quiet --require-hashes -r requirements-test.txt
COPY pyproject.toml README.md LICENSE .gitignore ./
COPY inventory_graph ./inventory_graph
COPY resolvers ./resolvers
COPY migrations ./migrations
RUN /tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels .

FROM base AS environment
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /app && /app/bin/pip install --quiet --require-hashes -r requirements.txt
COPY --from=wheel /wheels /wheels
RUN /app/bin/pip install --quiet --no-deps /wheels/*.whl

FROM base
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin inventory \
    && install --directory --owner inventory --mode 0700 /var/lib/inventory-graph
COPY --from=environment /app /app
ENV PATH=/app/bin:$PATH INVENTORY_HTTP_HOST=0.0.0.0 INVENTORY_HTTP_PORT=4102 INVENTORY_DATA_DIR=/var/lib/inventory-graph
WORKDIR /var/lib/inventory-graph
USER 10001
EXPOSE 4102
# Readiness, not mere life: whoever waits for this container wants answers from it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from os import environ; from urllib.request import urlopen; urlopen('http://127.0.0.1:' + environ['INVENTORY_HTTP_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["inventory-graph"]
CMD ["serve"]
