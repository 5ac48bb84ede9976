#include "native/train/executor/self_check_memory.h"

#include "native/system/environment.h"
#include "native/system/files.h"
#include "native/system/json_files.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/executor/self_check.h"
#include "native/train/torch_compat.h"
#include "shared/hash.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 1;

// The first processor's description, without what changes by the second.
std::string processor() {
  const Result<std::string> text = readBytes("/proc/cpuinfo");
  if (!text) return "";
  std::string kept;
  for (const char* key : {"model name", "flags"}) {
    const std::size_t at = text->find(key);
    if (at != std::string::npos) kept += text->substr(at, text->find('\n', at) - at);
  }
  return kept;
}

// Empty when the hardware has no name that could be remembered.
std::string engineOf(torch::Device device) {
  const std::string hardware = device.is_cuda() ? cardOf(device) : processor();
  if (hardware.empty()) return "";
  const std::string text = hardware + LIMBUS_VERSION + compat::libtorchBuild() + device.str() +
                           std::to_string(torch::get_num_threads()) +
                           environment("ONEDNN_MAX_CPU_ISA").value_or("") +
                           environment("DNNL_MAX_CPU_ISA").value_or("");
  return hashText(fnv1a64(text.data(), text.size()));
}

}  // namespace

fs::path selfCheckMemory() {
  const auto cache = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (!cache && !home) return {};
  return (cache ? fs::path(*cache) : fs::path(*home) / ".cache") / "limbus" / "self_check.json";
}

SelfCheckMemory::SelfCheckMemory(fs::path file, torch::Device device)
    : file_(std::move(file)), engine_(file_.empty() ? "" : engineOf(device)) {
  const Json all = read();
  if (all["engines"].contains(engine_)) found_ = all["engines"][engine_];
}

Json SelfCheckMemory::read() const {
  const Json nothing = {{"version", kVersion}, {"engines", Json::object()}};
  if (engine_.empty()) return nothing;
  Json all = readLongJson(file_).value_or(nothing);
  const bool sound = all.is_object() && all.contains("version") && all["version"] == kVersion &&
                     all.contains("engines") && all["engines"].is_object();
  if (!sound) return nothing;
  for (const auto& engine : all["engines"].items()) {
    if (!engine.value().is_object()) return nothing;
  }
  return all;
}

std::optional<bool> SelfCheckMemory::recall(const std::string& signature) const {
  for (const Json* findings : {&learnt_, &found_}) {
    const auto found = findings->find(signature);
    if (found != findings->end() && found->is_boolean()) return found->get<bool>();
  }
  return std::nullopt;
}

void SelfCheckMemory::learn(const std::string& signature, bool right) {
  learnt_[signature] = right;
}

void SelfCheckMemory::save() const {
  if (engine_.empty() || learnt_.empty()) return;
  Json all = read();
  for (const auto& entry : learnt_.items()) all["engines"][engine_][entry.key()] = entry.value();
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  (void)writeBytes(file_, all.dump(), /*sync=*/false);
}

}  // namespace limbus
