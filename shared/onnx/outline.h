// An ONNX file without the data of its tensors, taken from slices of it.
//
// What a file says about itself is small, what it holds may be gigabytes. An outline asks for the
// bytes that it needs, from front to back, and passes over the numbers of tensors, of which it
// keeps the sizes: parseOnnx(text, OnnxForm::outline) checks as much as it does with the whole
// file.
//
//   OnnxOutline outline(file.size());
//   while (const std::uint64_t size = outline.wantedBytes()) {
//     const auto given = outline.give(file.substr(outline.wantedOffset(), size));
//     if (!given) return fail(given.error());
//   }
//   Result<OnnxFile> facts = parseOnnx(outline.text(), OnnxForm::outline);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace limbus {

class OnnxOutline {
 public:
  explicit OnnxOutline(std::uint64_t fileBytes);

  std::uint64_t wantedOffset() const { return position_; }
  std::uint64_t wantedBytes() const { return wanted_; }  // 0: there is nothing more to give

  // The bytes that are wanted now. Errors are those of parseOnnx.
  Result<void> give(std::string_view slice);

  const std::string& text() const { return text_; }  // when nothing more is wanted
  // Where the bytes lie in the file that were passed over, in the order in which text() says so.
  const std::vector<std::uint64_t>& passedOver() const { return passedOver_; }

  // Which messages are looked into, and what a field of one holds.
  enum class Message { model, graph, node, attribute, tensor, sparse, function, other };
  static Message within(Message message, int field);

 private:
  struct Open {  // a message that is being read
    Message message;
    int field;  // of the message around it
    std::uint64_t end;
    std::string text = {};
  };
  enum class Step { done, more };  // more: the slice ends here

  Result<Step> field(std::string_view rest);
  void close();
  void want(std::uint64_t bytes);

  std::uint64_t fileBytes_;
  std::uint64_t position_ = 0, wanted_ = 0;
  std::vector<Open> open_;
  std::string text_;
  std::vector<std::uint64_t> passedOver_;
};

}  // namespace limbus
