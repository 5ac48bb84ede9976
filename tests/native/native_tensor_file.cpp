// Checkpoints as bytes: written, read back, and refused when a byte is wrong.
#include <cstring>

#include "native/train/files/tensor_file.h"
#include "native_catch.h"
#include "same_weights.h"

using namespace limbus;

namespace {

TensorFile sampleFile() {
  TensorFile file;
  file.facts = {{"epoch", 3}};
  file.tensors["a"] = {{2, 2}, {1.0F, -2.5F, 3e-30F, 4.0F}};
  file.tensors["b/none"] = {{0}, {}};
  file.tensors["c/scalar"] = {{}, {7.0F}};
  return file;
}

}  // namespace

TEST_CASE("tensor file: comes back as written") {
  const std::string bytes = packTensors(sampleFile()).value();
  const Result<TensorFile> back = unpackTensors(bytes);
  REQUIRE(back);
  CHECK(back->facts == sampleFile().facts);
  requireSame(sampleFile().tensors, back->tensors);
}

TEST_CASE("tensor file: every truncation and every changed byte is noticed") {
  const std::string bytes = packTensors(sampleFile()).value();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO("cut at " << length);
    CHECK(!unpackTensors(bytes.substr(0, length)));
  }
  CHECK(!unpackTensors(bytes + "x"));
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t body = sizeof header + header;
  CHECK(body % 8 == 0);
  for (std::size_t at = body; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    INFO("changed at " << at);
    CHECK(!unpackTensors(changed));
  }
  // A changed header may still be valid, but must never crash or read out of bounds.
  for (std::size_t at = 0; at < body; ++at) {
    for (const char c : {'0', '9', '"', '[', '}', '\n', '-', '\xff'}) {
      std::string changed = bytes;
      changed[at] = c;
      (void)unpackTensors(changed);
    }
  }
}

TEST_CASE("tensor file: absurd headers are refused") {
  const auto withHeader = [](const std::string& tensors, const std::string& body) {
    const std::string header =
        R"({"__metadata__":{"checksum":"cbf29ce484222325","facts":"{}","format":"limbus-tensors"})" +
        tensors + "}";
    const std::uint64_t length = header.size();
    return unpackTensors(std::string(reinterpret_cast<const char*>(&length), 8) + header + body);
  };
  CHECK(withHeader("", ""));
  CHECK(withHeader(R"(,"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})", ""));
  for (const char* bad : {
           R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]})",
           R"({"dtype":"F32","shape":[-1],"data_offsets":[0,0]})",
           R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})",
           R"({"dtype":"F32","shape":3,"data_offsets":[0,0]})",
           R"({"dtype":"F16","shape":[0],"data_offsets":[0,0]})",
           R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})",
           R"({"dtype":"F32","shape":[0],"data_offsets":[4,4]})",
           R"({"dtype":"F32","shape":[0],"data_offsets":[-4,-4]})",
           R"({"dtype":"F32","shape":[0]})",
           R"([0])",
       }) {
    INFO(bad);
    CHECK(!withHeader(std::string(",\"a\":") + bad, ""));
  }
  CHECK(!unpackTensors(std::string(100, '\0')));
  CHECK(!unpackTensors(std::string(100, '\xff')));
}

// As checkpoints were before safetensors.
TEST_CASE("tensor file: files of before are read, and as strictly") {
  const float values[] = {1.0F, -2.5F};
  const std::string body(reinterpret_cast<const char*>(values), sizeof values);
  const std::string line =
      R"({"checksum":"$","facts":{"epoch":3},"format":"limbus-tensors","tensors":[["a",[2]]],"version":1})";
  const auto file = [&](const std::string& checksum) {
    std::string text = line;
    return text.replace(text.find('$'), 1, checksum) + "\n" + body;
  };
  const std::string whole = file("b903bdaf1c9c5a89");
  const Result<TensorFile> back = unpackTensors(whole);
  INFO((back ? "" : back.error().message));
  REQUIRE(back);
  CHECK(back->facts.at("epoch") == 3);
  CHECK(back->tensors.at("a").values == std::vector<float>{1.0F, -2.5F});
  CHECK(!unpackTensors(file("b903bdaf1c9c5a80")));
  CHECK(!unpackTensors(whole + "x"));
  CHECK(!unpackTensors(whole.substr(0, whole.size() - 1)));
  CHECK(unpackTensors("{\"format\":\"limbus-tensors\",\"version\":2}\n")
            .error()
            .message.find("version 2") != std::string::npos);
  const std::string odd = R"({"checksum":"cbf29ce484222325","facts":{},"format":"limbus-tensors",)"
                          R"("tensors":)";
  CHECK(unpackTensors(odd + "[],\"version\":1}\n"));
  for (const char* bad : {R"([["a",[-1]]])", R"([["a",3]])", R"([["a"]])", R"([[3,[1]]])",
                          R"(["a"])", R"({"a":[1]})", R"([["a",[1000000000000]]])"}) {
    INFO(bad);
    CHECK(!unpackTensors(odd + bad + ",\"version\":1}\n"));
  }
}
