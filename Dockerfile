# docker build -t limbus . && docker run --rm --network host limbus      then open http://127.0.0.1:8080
FROM debian:bookworm
WORKDIR /limbus
COPY . .
RUN ./demo --no-serve
CMD ["node", "web/serve.mjs"]
