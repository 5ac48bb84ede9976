#include "native/data/files/mat.h"

#ifdef LIMBUS_WITH_MAT
#include <matio.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <memory>
#include <string>
#include <vector>

#include "shared/options/rows.h"

namespace limbus {

bool isMat(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 10);
  return bytes.size() >= 128 && (start == "MATLAB 5.0" || start == "MATLAB 7.3");
}

#ifdef LIMBUS_WITH_MAT

namespace {

// matio opens files by their names alone: bytes become one that lies in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("mat", MFD_CLOEXEC)) {
    while (descriptor_ >= 0 && !bytes.empty()) {
      const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    whole_ = bytes.empty() && descriptor_ >= 0;
  }
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool whole() const { return whole_; }
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
  bool whole_ = false;
};

// matio takes what a file lacks for zeros. Elements of the first level: a type, a length, that many
// bytes.
bool isWhole(std::string_view bytes) {
  const bool little = bytes.substr(126, 2) == "IM";
  std::size_t at = 128;
  while (at + 8 <= bytes.size()) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[at + 4 + (little ? 3 - i : i)]);
      length = length << 8 | byte;
    }
    at += 8 + length;
  }
  return at == bytes.size();
}

using MatFile = std::unique_ptr<mat_t, decltype(&Mat_Close)>;
using Variable = std::unique_ptr<matvar_t, decltype(&Mat_VarFree)>;

// A field without a name: the variable itself.
struct Place {
  const char *variable, *field;
};
constexpr Place kMaskPlaces[] = {{"GTcls", "Segmentation"}, {"S", nullptr}};

bool isMatrix(const matvar_t& variable) {
  return variable.rank == 2 && variable.isComplex == 0 && variable.class_type >= MAT_C_DOUBLE &&
         variable.class_type <= MAT_C_UINT64;
}

std::string namesText(const std::vector<std::string>& names) {
  return names.empty() ? "no variable" : joinNames(names);
}

// Holds the mask's matrix, whose numbers are not read yet.
struct MatMask {
  Variable owner{nullptr, &Mat_VarFree};
  matvar_t* matrix = nullptr;
};

Result<MatMask> findMask(mat_t* file) {
  for (const Place& place : kMaskPlaces) {
    MatMask found;
    found.owner.reset(Mat_VarReadInfo(file, place.variable));
    found.matrix = found.owner.get();
    if (found.matrix != nullptr && place.field != nullptr) {
      found.matrix = found.matrix->class_type == MAT_C_STRUCT
                         ? Mat_VarGetStructFieldByName(found.matrix, place.field, 0)
                         : nullptr;
    }
    if (found.matrix != nullptr && isMatrix(*found.matrix)) return found;
  }
  std::vector<std::string> names;
  MatMask only;
  int matrices = 0;
  Mat_Rewind(file);
  while (matvar_t* next = Mat_VarReadNextInfo(file)) {
    Variable variable(next, &Mat_VarFree);
    names.emplace_back(next->name != nullptr ? next->name : "?");
    if (!isMatrix(*next)) continue;
    ++matrices;
    only.matrix = next;
    only.owner = std::move(variable);
  }
  if (matrices == 1) return only;
  return fail(ErrorCode::badData,
              "no mask: expected GTcls.Segmentation, S or one matrix alone, the file holds " +
                  namesText(names));
}

Result<ImageSize> sizeOf(const matvar_t& matrix) {
  return checkImageSize(matrix.dims[1], matrix.dims[0]);
}

template <class T>
Result<Mask> maskOf(const matvar_t& matrix, ImageSize size) {
  Mask mask(size.width, size.height, 1);
  const T* numbers = static_cast<const T*>(matrix.data);
  for (int x = 0; x < size.width; ++x) {  // stored column by column
    for (int y = 0; y < size.height; ++y) {
      const T number = *numbers++;
      const bool fits = number >= T(0) && static_cast<double>(number) <= 255;
      const auto label = static_cast<std::uint8_t>(fits ? number : T(0));
      if (!fits || static_cast<T>(label) != number) {
        return fail(ErrorCode::badData, "label " + showNumber(static_cast<double>(number)) +
                                            " at (" + std::to_string(x) + ", " + std::to_string(y) +
                                            "); labels are whole numbers from 0 to 255");
      }
      mask.row(y)[x] = label;
    }
  }
  return mask;
}

Result<Mask> maskOf(const matvar_t& matrix, ImageSize size) {
  switch (matrix.class_type) {
    case MAT_C_DOUBLE:
      return maskOf<double>(matrix, size);
    case MAT_C_SINGLE:
      return maskOf<float>(matrix, size);
    case MAT_C_INT8:
      return maskOf<std::int8_t>(matrix, size);
    case MAT_C_UINT8:
      return maskOf<std::uint8_t>(matrix, size);
    case MAT_C_INT16:
      return maskOf<std::int16_t>(matrix, size);
    case MAT_C_UINT16:
      return maskOf<std::uint16_t>(matrix, size);
    case MAT_C_INT32:
      return maskOf<std::int32_t>(matrix, size);
    case MAT_C_UINT32:
      return maskOf<std::uint32_t>(matrix, size);
    case MAT_C_INT64:
      return maskOf<std::int64_t>(matrix, size);
    default:
      return maskOf<std::uint64_t>(matrix, size);
  }
}

// `use` gets the open file and the mask's matrix.
template <class Use>
auto withMask(std::string_view bytes, const Use& use) -> decltype(use(nullptr, nullptr)) {
  if (bytes.substr(0, 10) == "MATLAB 7.3") {
    return fail(ErrorCode::unsupported,
                "a .mat of version 7.3 (HDF5); save it with -v7, or the masks as PNG");
  }
  if (!isMat(bytes) || !isWhole(bytes)) {
    return fail(ErrorCode::badData, "bad .mat: the file ends early");
  }
  const MemoryFile memory(bytes);
  if (!memory.whole()) return fail(ErrorCode::io, "no memory to open the .mat in");
  const MatFile file(Mat_Open(memory.name().c_str(), MAT_ACC_RDONLY), &Mat_Close);
  if (file == nullptr) return fail(ErrorCode::badData, "bad .mat: its header is damaged");
  Result<MatMask> found = findMask(file.get());
  if (!found) return fail(found.error());
  return use(file.get(), found->matrix);
}

}  // namespace

Result<ImageSize> matSize(std::string_view bytes) {
  return withMask(bytes, [](mat_t*, matvar_t* matrix) { return sizeOf(*matrix); });
}

Result<Mask> decodeMatMask(std::string_view bytes) {
  return withMask(bytes, [](mat_t* file, matvar_t* matrix) -> Result<Mask> {
    const Result<ImageSize> size = sizeOf(*matrix);
    if (!size) return fail(size.error());
    const std::size_t count = static_cast<std::size_t>(size->width) * size->height;
    if (Mat_VarReadDataAll(file, matrix) != 0 || matrix->data == nullptr ||
        matrix->nbytes < count * static_cast<std::size_t>(matrix->data_size)) {
      return fail(ErrorCode::badData, "bad .mat: the mask's numbers cannot be read");
    }
    return maskOf(*matrix, *size);
  });
}

#else

namespace {
tl::unexpected<Error> withoutMat() {
  return fail(ErrorCode::unsupported,
              "this build has no .mat support; install matio's development files and build again");
}
}  // namespace

Result<ImageSize> matSize(std::string_view) { return withoutMat(); }
Result<Mask> decodeMatMask(std::string_view) { return withoutMat(); }

#endif

}  // namespace limbus
