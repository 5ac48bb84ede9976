// The same pixels, provably: renders and network inputs by their fingerprints, which the web tests
// check against the same list. After a change that is meant to alter pixels:
//
//   LIMBUS_UPDATE_HASHES=1 limbus_core_tests "the hash list holds"
#include <cstdlib>

#include "result_text.h"
#include "shared/eyes/eyes.h"
#include "shared/hash.h"
#include "shared/vision/preprocess.h"
#include "spec_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

Render render(const Json& spec) {
  Result<Render> render =
      renderEye(spec.at("preset").get<std::string>(), spec.at("seed").get<std::uint64_t>(),
                spec.at("index").get<std::uint32_t>());
  if (!render) throw std::runtime_error(render.error().message);
  return *render;
}

// of: "image" and "mask" of a render, or "tensor": what the network gets of a render or pattern.
std::uint64_t hashOf(const Json& row) {
  const std::string of = row.at("of").get<std::string>();
  if (of != "tensor") {
    const Render eye = render(row.at("render"));
    const Image& image = of == "mask" ? eye.mask : eye.image;
    return fnv1a64(image.pixels.data(), image.pixels.size());
  }
  const Image image =
      row.contains("render") ? render(row["render"]).image : cases::pattern(row.at("pattern"));
  const Result<InputSpec> spec = parseInputSpec(row.at("input").dump(), "input");
  if (!spec) throw std::runtime_error(spec.error().message);
  const Result<Prepared> prepared = preprocess(image.view(), *spec);
  if (!prepared) throw std::runtime_error(prepared.error().message);
  const std::vector<float>& values = prepared->tensor.values;
  return fnv1a64(values.data(), values.size() * sizeof(float));
}

void writeRows(const Json& rows) {
  std::ofstream file(cases::path("hashes.json"));
  file << "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    file << "  " << rows[i].dump() << (i + 1 < rows.size() ? ",\n" : "\n");
  }
  file << "]\n";
}

}  // namespace

TEST_CASE("FNV-1a gives the published numbers, and over words those of checkpoints") {
  CHECK(hashText(fnv1a64("", 0)) == "cbf29ce484222325");
  CHECK(hashText(fnv1a64("a", 1)) == "af63dc4c8601ec8c");
  CHECK(hashText(fnv1a64("foobar", 6)) == "85944171f73967e8");
  CHECK(hashText(fnv1a64Words("limbus checkpoint")) == "ac2b21261c3e46f4");  // as files hold it
}

TEST_CASE("the hash list holds") {
  Json rows = cases::read("hashes.json");
  const bool update = std::getenv("LIMBUS_UPDATE_HASHES") != nullptr;
  REQUIRE(rows.size() >= 10);
  for (Json& row : rows) {
    const std::string hash = hashText(hashOf(row));
    if (update) row["hash"] = hash;
    CAPTURE(row["name"].get<std::string>());
    CHECK(hash == row["hash"].get<std::string>());
  }
  if (update) writeRows(rows);
}
