// Errors are values in the core: every function that can fail on input returns Result<T>.
//
// A message says what was expected, what came, and what to do about it, in one line without a
// trailing full stop: "conv 'layer1.conv' expects 16 input channels, got 3". Each border translates
// once: the command line to stderr and an exit code, the C ABI to status + message, TypeScript to
// LimbusError.
//
//   Result<Manifest> manifest = parseManifest(text);
//   if (!manifest) return fail(manifest.error());
//   use(*manifest);
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace limbus {

enum class ErrorCode {
  badArgument = 1,  // the caller asked for something that does not exist or does not fit
  badData = 2,      // bytes, files or labels that are not what they claim to be
  unsupported = 3,  // understood, but not something this build can do
  notFound = 4,     // a named file, folder, tensor or key is missing
  io = 5,           // the system refused: permission, disk full, device gone
};

struct Error {
  ErrorCode code = ErrorCode::badData;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace limbus
