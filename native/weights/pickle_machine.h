// The machine that pickles are programs for: a stack, marks on it, a memo. What it does at each
// instruction stands in pickle.cpp.
#pragma once

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/weights/pickle.h"

namespace limbus {

tl::unexpected<Error> badPickle(const std::string& why);
tl::unexpected<Error> refusedPickle(const std::string& what);  // that it asks for

class PickleMachine {
 public:
  explicit PickleMachine(std::string_view bytes) : bytes_(bytes) {}

  Result<Pickle> run();

 private:
  Result<void> step(unsigned char code);
  Result<void> number(unsigned char code);
  Result<void> text(unsigned char code);
  Result<void> container(unsigned char code);
  Result<void> memo(unsigned char code);

  std::optional<unsigned char> byte() {
    if (at_ == bytes_.size()) return std::nullopt;
    return static_cast<unsigned char>(bytes_[at_++]);
  }

  std::optional<std::string_view> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) return std::nullopt;
    const std::string_view taken = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

  // Little-endian, of up to 8 bytes.
  std::optional<std::uint64_t> whole(std::size_t count) {
    const auto taken = take(count);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, taken->data(), count);
    return value;
  }

  std::optional<std::string_view> line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view taken = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return taken;
  }

  Result<void> push(PickleValue value) {
    stack_.push_back(static_cast<PickleId>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
    return {};
  }

  Result<void> pushInteger(std::int64_t integer) {
    PickleValue value;
    value.kind = PickleValue::Kind::number;
    value.integer = integer;
    return push(std::move(value));
  }

  // The topmost value above the last mark.
  std::optional<PickleId> pop() {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) return std::nullopt;
    const PickleId id = stack_.back();
    stack_.pop_back();
    return id;
  }

  // Everything above the last mark, which goes too.
  std::optional<std::vector<PickleId>> popToMark() {
    if (marks_.empty()) return std::nullopt;
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  PickleValue* top(PickleValue::Kind kind) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) return nullptr;
    PickleValue& value = pickle_.values[stack_.back()];
    return value.kind == kind ? &value : nullptr;
  }

  Result<void> append(PickleValue::Kind kind, const std::vector<PickleId>& items);

  // What torch.save's names make of their arguments (pickle_torch.cpp).
  Result<void> call(unsigned char code);
  Result<void> pushName(std::string_view module, std::string_view name);
  std::optional<Dims> integers(PickleId id) const;
  Result<void> pushStorage(const std::vector<PickleId>& parts);
  Result<void> pushTensor(const std::vector<PickleId>& arguments);
  Result<void> pushDict(const std::vector<PickleId>& arguments);

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // items that stand in a second container
  bool stopped_ = false;
  Pickle pickle_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleId> memo_;
};

}  // namespace limbus
