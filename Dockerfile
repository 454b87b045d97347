# Built for amd64 and arm64 alike: every dependency is a wheel for both. What Docker 20.10 and later have built in is
# enough; nothing else is fetched to read this file. To pin the base: --build-arg PYTHON=python:3.13-slim-bookworm@sha256:…
# Where packages come from an index of your own: --secret id=pip,src=pip.conf
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
# Moments in what is copied on: the same sources give the same layer, whenever they are built.
ARG SOURCE_DATE_EPOCH=0
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements requirements
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/imgbot \
    && /opt/build/bin/pip install --require-hashes -r requirements/build.txt \
    && /opt/build/bin/pip --python /opt/imgbot/bin/python install --no-compile --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY bot bot
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/build/bin/pip --python /opt/imgbot/bin/python install --no-compile --no-deps /wheels/*.whl \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/imgbot/lib \
    && mkdir -p /root-of-imgbot/etc /root-of-imgbot/var/lib/imgbot /root-of-imgbot/opt \
    && mv /opt/imgbot /root-of-imgbot/opt/imgbot \
    && { cat /etc/passwd; echo 'imgbot:x:10001:10001::/var/lib/imgbot:/usr/sbin/nologin'; } > /root-of-imgbot/etc/passwd \
    && chown 10001:10001 /root-of-imgbot/var/lib/imgbot \
    && find /root-of-imgbot -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM ${PYTHON} AS plain
COPY --from=build /root-of-imgbot /
ENV PATH=/opt/imgbot/bin:$PATH HOME=/var/lib/imgbot PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/imgbot
ENTRYPOINT ["imgbot"]
CMD ["serve"]

# For hosts by ssh://: docker build --target with-ssh
FROM plain AS with-ssh
USER root
RUN apt-get update && apt-get install -y --no-install-recommends openssh-client && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM plain AS imgbot
