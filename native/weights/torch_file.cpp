#include "native/weights/torch_file.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "native/weights/pickle.h"
#include "native/weights/zip_entries.h"

namespace limbus {
namespace {

using Kind = PickleValue::Kind;
using Storages = std::map<std::string, std::string_view, std::less<>>;  // by key

// A pickle of the number that opens files of before 1.6.
constexpr std::string_view kMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
                                  15);

tl::unexpected<Error> badTorchFile(const std::string& why) {
  return fail(ErrorCode::badData, "not what torch.save writes, or damaged: " + why);
}

std::string keyText(const PickleValue& key) {
  return key.kind == Kind::number ? std::to_string(key.integer) : std::string(key.text);
}

// Goes through the dicts of a pickle, outermost first.
class Collector {
 public:
  Collector(const Pickle& pickle, const Storages& storages)
      : pickle_(pickle), storages_(storages) {}

  Result<std::vector<WeightGroup>> collect() {
    if (pickle_.at(pickle_.root).kind != Kind::dict) {
      return badTorchFile("it holds no dict of tensors; save model.state_dict()");
    }
    if (Result<void> done = visit(pickle_.root, "", 0); !done) return fail(done.error());
    groups_.erase(std::remove_if(groups_.begin(), groups_.end(),
                                 [](const WeightGroup& group) { return group.tensors.empty(); }),
                  groups_.end());
    return std::move(groups_);
  }

 private:
  Result<void> visit(PickleId id, const std::string& path, int depth) {
    constexpr int kDeepest = 4;
    constexpr std::size_t kMostVisits = std::size_t{1} << 20;
    constexpr std::size_t kMostLetters = std::size_t{1} << 26;  // one key may be there many times
    const PickleValue& dict = pickle_.at(id);
    const std::size_t group = groups_.size();
    groups_.push_back({path, {}});
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      if (++visits_ > kMostVisits) return badTorchFile("it holds too many values");
      const PickleValue& key = pickle_.at(dict.items[i]);
      const PickleValue& value = pickle_.at(dict.items[i + 1]);
      if (key.kind != Kind::text && key.kind != Kind::number) continue;
      const std::string name = keyText(key);
      letters_ += path.size() + name.size();
      if (letters_ > kMostLetters) return badTorchFile("its names are too long");
      if (value.kind == Kind::tensor) {
        Result<StoredTensor> stored = storedOf(value, name);
        if (!stored) return fail(stored.error());
        groups_[group].tensors.emplace_back(name, std::move(*stored));
      } else if (value.kind == Kind::dict && depth < kDeepest) {
        std::string below = path.empty() ? name : path;
        if (!path.empty()) below.append(".").append(name);
        if (Result<void> done = visit(dict.items[i + 1], below, depth + 1); !done) return done;
      }
    }
    return {};
  }

  Result<StoredTensor> storedOf(const PickleValue& tensor, const std::string& name) const {
    const PickleValue& storage = pickle_.at(tensor.storage);
    const auto found = storages_.find(storage.text);
    if (found == storages_.end()) return badTorchFile("tensor '" + name + "' has no values in it");
    const std::size_t size = sizeBytes(storage.element);
    if (storage.integer < 0 ||
        static_cast<std::uint64_t>(storage.integer) > found->second.size() / size) {
      return badTorchFile("tensor '" + name + "' says that it has more values than there are");
    }
    return StoredTensor{storage.element, tensor.shape, tensor.strides, tensor.integer,
                        found->second.substr(0, static_cast<std::size_t>(storage.integer) * size)};
  }

  const Pickle& pickle_;
  const Storages& storages_;
  std::vector<WeightGroup> groups_;
  std::size_t visits_ = 0, letters_ = 0;
};

Result<WeightFile> assembled(const Pickle& pickle, const Storages& storages,
                             std::shared_ptr<const void> owner) {
  Result<std::vector<WeightGroup>> groups = Collector(pickle, storages).collect();
  if (!groups) return fail(groups.error());
  return WeightFile{"PyTorch", std::move(*groups), std::move(owner)};
}

// NAME/data.pkl, NAME/data/0, NAME/data/1, ..., NAME/byteorder
Result<WeightFile> readArchive(const std::string& bytes) {
  Result<std::map<std::string, std::string>> read = zipEntries(bytes);
  if (!read) return fail(read.error());
  const auto entries = std::make_shared<const std::map<std::string, std::string>>(std::move(*read));
  std::string folder;
  std::string_view text;
  for (const auto& [name, content] : *entries) {
    constexpr std::string_view kPickle = "/data.pkl";
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || std::string_view(name).substr(slash) != kPickle) continue;
    folder = name.substr(0, slash + 1);
    text = content;
  }
  if (folder.empty()) return badTorchFile("the archive has no data.pkl");
  const auto order = entries->find(folder + "byteorder");
  if (order != entries->end() && order->second != "little") {
    return fail(ErrorCode::unsupported, "its numbers are big-endian; load and save it elsewhere");
  }
  const Result<Pickle> pickle = readPickle(text);
  if (!pickle) return fail(pickle.error());
  Storages storages;
  const std::string prefix = folder + "data/";
  for (const auto& [name, content] : *entries) {
    if (name.rfind(prefix, 0) == 0) storages[name.substr(prefix.size())] = content;
  }
  return assembled(*pickle, storages, entries);
}

// Magic number, version, facts about the machine, the tensors, the keys of their storages in order,
// then of each storage its count (8 bytes) and values.
Result<WeightFile> readOld(std::string bytes) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  std::string_view rest = std::string_view(*owner).substr(kMagic.size());
  Pickle tensors, keys;
  for (Pickle* into : {&keys, &keys, &tensors, &keys}) {
    Result<Pickle> pickle = readPickle(rest);
    if (!pickle) return fail(pickle.error());
    rest.remove_prefix(pickle->sizeBytes);
    *into = std::move(*pickle);
  }
  std::map<std::string_view, std::size_t> sizes;  // of one value
  for (const PickleValue& value : tensors.values) {
    if (value.kind == Kind::storage) sizes[value.text] = sizeBytes(value.element);
  }
  Storages storages;
  for (PickleId id : keys.at(keys.root).items) {
    const std::string_view key = keys.at(id).text;
    const auto size = sizes.find(key);
    std::uint64_t count = 0;
    if (size == sizes.end() || rest.size() < sizeof count)
      return badTorchFile("the file ends early");
    std::memcpy(&count, rest.data(), sizeof count);
    rest.remove_prefix(sizeof count);
    if (count > rest.size() / size->second) return badTorchFile("the file ends early");
    storages[std::string(key)] = rest.substr(0, count * size->second);
    rest.remove_prefix(count * size->second);
  }
  return assembled(tensors, storages, owner);
}

}  // namespace

bool isTorchFile(const std::string& bytes) {
  return isZip(bytes) || bytes.compare(0, kMagic.size(), kMagic) == 0;
}

Result<WeightFile> readTorchFile(std::string bytes) {
  return isZip(bytes) ? readArchive(bytes) : readOld(std::move(bytes));
}

}  // namespace limbus
