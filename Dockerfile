FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/imgbot && /opt/imgbot/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY bot bot
COPY migrations migrations
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . && /opt/imgbot/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/imgbot --create-home imgbot
COPY --from=build /opt/imgbot /opt/imgbot
ENV PATH=/opt/imgbot/bin:$PATH PYTHONUNBUFFERED=1
USER imgbot
WORKDIR /var/lib/imgbot
ENTRYPOINT ["imgbot"]
CMD ["serve"]
