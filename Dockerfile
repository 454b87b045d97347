FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/imgbot && /opt/imgbot/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY bot bot
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . && /opt/imgbot/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/imgbot --create-home imgbot
COPY --from=build /opt/imgbot /opt/imgbot
ENV PATH=/opt/imgbot/bin:$PATH PYTHONUNBUFFERED=1
USER imgbot
WORKDIR /var/lib/imgbot
ENTRYPOINT ["imgbot"]
CMD ["serve"]
