// Thousands of damaged files, the same ones every time: never a crash, a hang or a wild allocation,
// always a message of one line. Run under -fsanitize=address,undefined to see more.
#include "onnx_samples.h"
#include "result_text.h"
#include "shared/onnx/external_data.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/proto.h"
#include "shared/ops/shapes.h"
#include "split_onnx.h"

using namespace limbus;

namespace {

std::string mutate(std::string bytes, Random& random) {
  const int edits = random.integer(1, 4);
  for (int i = 0; i < edits && !bytes.empty(); ++i) {
    const int last = static_cast<int>(bytes.size()) - 1;
    // Headers and structure are worth more than weights: half of the edits go to the front.
    const int at = random.integer(0, random.chance(0.5) ? std::min(last, 2000) : last);
    const auto place = static_cast<std::size_t>(at);
    const auto byte = static_cast<char>(random.integer(0, 255));
    switch (random.integer(0, 7)) {
      case 0:
        bytes[place] = static_cast<char>(bytes[place] ^ (1 << random.integer(0, 7)));
        break;
      case 1:
        bytes[place] = byte;
        break;
      case 2:
        bytes.resize(place);
        break;
      case 3:
        bytes.insert(place, static_cast<std::size_t>(random.integer(1, 12)), byte);
        break;
      case 4:
        bytes.erase(place, static_cast<std::size_t>(random.integer(1, 12)));
        break;
      case 5:  // a number that does not end, or a huge one
        for (std::size_t k = place; k < std::min(bytes.size(), place + 9); ++k) bytes[k] = '\xff';
        break;
      case 6: {  // a piece of the file somewhere else
        const auto from = static_cast<std::size_t>(random.integer(0, last));
        bytes.insert(place, bytes.substr(from, static_cast<std::size_t>(random.integer(1, 200))));
        break;
      }
      default:  // plus or minus one: lengths, counts, kinds
        bytes[place] = static_cast<char>(bytes[place] + (random.chance(0.5) ? 1 : -1));
        break;
    }
  }
  return bytes;
}

bool oneLine(const Error& error) {
  if (error.message.empty() || error.message.size() > 3000) return false;
  for (char c : error.message) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

// The outline that facts are taken from passes and refuses what the whole file does; only a wrong
// manifest is refused on top, and data in other files are none of the whole one.
bool outlineAgrees(const std::string& bytes, const Result<OnnxFacts>& facts) {
  const auto whole = parseOnnx(bytes);
  if (!whole) return !facts || !facts->externalFiles.empty();
  if (!facts) return whole->metadata.count(Manifest::metadataKey) == 1;
  return facts->opCounts == whole->opCounts && facts->initializerElements == whole->storedNumbers;
}

// Of files that keep data elsewhere: whatever is taken can be put together to what is taken again.
bool joins(const std::string& bytes) {
  OnnxOutline outline(bytes.size());
  while (const std::uint64_t size = outline.wantedBytes()) {
    if (!outline.give(std::string_view(bytes).substr(outline.wantedOffset(), size))) return true;
  }
  const auto joined = joinedOnnx(outline);
  if (!joined) return oneLine(joined.error());
  if (joined->files.empty() || joined->bytes > 4 * bytes.size()) return true;
  const auto whole = assemble(*joined, [&](const JoinedPart& part, char* into) -> Result<void> {
    const bool own = part.source == JoinedPart::fromModel;
    if (own) bytes.copy(into, part.bytes, part.offset);
    return {};
  });
  return whole && parseOnnx(*whole);
}

// Everything that a caller does with untrusted bytes.
bool survives(const std::string& bytes) {
  if (!joins(bytes)) return false;
  const auto facts = inspectOnnx(bytes);
  if (!facts && !oneLine(facts.error())) return false;
  if (!outlineAgrees(bytes, facts)) return false;
  const auto model = readOnnx(bytes);
  if (!model) return oneLine(model.error());
  if (!facts || !validate(model->graph)) return false;
  for (const Parameter& parameter : model->graph.parameters) {
    const Tensor& tensor = model->weights.at(parameter.name);
    if (static_cast<std::int64_t>(tensor.values.size()) != elementCount(parameter.shape))
      return false;
  }
  const auto again = writeOnnx(model->graph, model->weights, model->manifest, {});
  return again || oneLine(again.error());
}

std::vector<std::string> seeds() {
  std::vector<std::string> files;
  for (const auto& sample : samples::onnxSamples()) {
    const Weights& weights = sample.weights;
    const bool chosen = sample.name == "dabnet" || sample.name == "eye-s" || sample.name == "enet";
    if (sample.network && !chosen) continue;  // made of the same ops
    const auto rows = samples::optionRows(sample);
    for (std::size_t i = files.size() % 2; i < rows.size(); i += 5) {
      files.push_back(writeOnnx(sample.graph, weights, sample.manifest, rows[i].options).value());
      if (i % 2 == 0) files.push_back(samples::splitOnnx(files.back(), "weights").model);
    }
  }
  return files;
}

}  // namespace

TEST_CASE("mutated files", "[onnx][fuzz]") {
  const std::vector<std::string> files = seeds();
  constexpr int kRounds = 12000;
  int readable = 0;
  for (int round = 0; round < kRounds; ++round) {
    Random random(11, 0, static_cast<std::uint32_t>(round), Purpose::test);
    const std::string& file =
        files[static_cast<std::size_t>(random.integer(0, static_cast<int>(files.size()) - 1))];
    const std::string damaged = mutate(file, random);
    INFO("round " << round);
    const bool survived = survives(damaged);
    if (!survived) CHECK(survived);
    readable += inspectOnnx(damaged).has_value() ? 1 : 0;
  }
  // Else the mutations are too coarse to get past the first check.
  CHECK(readable > kRounds / 20);
  CHECK(readable < kRounds);
}

TEST_CASE("every truncation of a small file", "[onnx][fuzz]") {
  const std::string file = seeds().front();
  REQUIRE(survives(file));
  for (std::size_t size = 0; size < file.size(); ++size) {
    if (!survives(file.substr(0, size))) CHECK(size == file.size());
    if (readOnnx(file.substr(0, size)).has_value()) CHECK(size == file.size());
  }
}

TEST_CASE("every single byte of a small file set to other values", "[onnx][fuzz]") {
  const std::string file = seeds().front();
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(value);
      if (!survives(damaged)) CHECK(at == file.size());
    }
  }
}
