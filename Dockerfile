# The command line in a container, and the page:
#   docker build -t limbus .                       on a CPU: Debian's LibTorch
#   docker build -t limbus:cuda --target cuda .    on NVIDIA GPUs: the LibTorch of PyPI's torch wheel
#   docker run --rm -v "$PWD:/work" limbus train recipe.json --data eyes --out runs/first      (GPUs: --gpus all)
#   docker build -t limbus:page --target page .    the page at http://127.0.0.1:8080:
#   docker run --rm -p 127.0.0.1:8080:8080 limbus:page

FROM debian:bookworm-slim AS tools
WORKDIR /limbus
COPY . .
RUN tools/setup native

FROM tools AS cpu-package
RUN apt-get install -y --no-install-recommends dpkg-dev file \
  && cmake --preset release -DLIMBUS_TESTS=OFF && cmake --build --preset release --target package

FROM tools AS cuda
RUN apt-get install -y --no-install-recommends python3-pip && tools/torch_wheel /opt/torch
RUN . /opt/torch/environment && cmake --preset release -DLIMBUS_TESTS=OFF -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON -C "$LIMBUS_TORCH" \
  && cmake --build --preset release --target limbus && cmake --install build/release \
  && rm -rf build
WORKDIR /work
ENTRYPOINT ["limbus"]

FROM debian:bookworm-slim AS built-page
WORKDIR /limbus
COPY . .
RUN ./demo --no-serve

FROM debian:bookworm-slim AS page
RUN apt-get update && apt-get install -y --no-install-recommends nodejs && rm -rf /var/lib/apt/lists/*
WORKDIR /limbus/web
COPY --from=built-page /limbus/web/serve.mjs .
COPY --from=built-page /limbus/web/dist dist
EXPOSE 8080
CMD ["node", "serve.mjs", "--host", "0.0.0.0"]

# Last, so that it is what a build without a target makes.
FROM debian:bookworm-slim AS cpu
RUN --mount=from=cpu-package,source=/limbus/build/release,target=/package \
  apt-get update && apt-get install -y /package/limbus_*.deb && rm -rf /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["limbus"]
