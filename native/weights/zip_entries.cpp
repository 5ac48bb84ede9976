#include "native/weights/zip_entries.h"

#ifdef LIMBUS_WITH_ZIP
#include <zip.h>
#endif

#include <memory>

namespace limbus {

bool isZip(std::string_view bytes) { return bytes.substr(0, 4) == "PK\x03\x04"; }

#ifdef LIMBUS_WITH_ZIP

namespace {

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

tl::unexpected<Error> bad(const std::string& why) {
  return fail(ErrorCode::badData, "a damaged archive: " + why);
}

Result<Archive> opened(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_t* archive = nullptr;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) {
    archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (archive == nullptr) zip_source_free(source);
  }
  const std::string why = archive == nullptr ? zip_error_strerror(&error) : "";
  zip_error_fini(&error);
  if (archive == nullptr) return bad(why);
  return Archive(archive, &zip_discard);
}

Result<std::string> entryBytes(zip_t* archive, const zip_stat_t& entry) {
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
      zip_fopen_index(archive, entry.index, 0), &zip_fclose);
  std::string bytes(static_cast<std::size_t>(entry.size), '\0');
  char beyond = 0;  // reading to the end checks the checksum
  if (file == nullptr ||
      zip_fread(file.get(), bytes.data(), entry.size) != static_cast<zip_int64_t>(entry.size) ||
      zip_fread(file.get(), &beyond, 1) != 0) {
    return bad("an entry cannot be read to its end");
  }
  return bytes;
}

}  // namespace

Result<std::map<std::string, std::string>> zipEntries(std::string_view bytes) {
  const Result<Archive> archive = opened(bytes);
  if (!archive) return fail(archive.error());
  std::map<std::string, std::string> entries;
  std::size_t left = bytes.size();
  const zip_int64_t count = zip_get_num_entries(archive->get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    zip_stat_t entry;
    if (zip_stat_index(archive->get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0 ||
        (entry.valid & kNeeded) != kNeeded) {
      return bad("its list of entries");
    }
    if (entry.comp_method != ZIP_CM_STORE) {
      return fail(ErrorCode::badData,
                  "its entries are compressed, which torch.save never does; nothing was unpacked");
    }
    if (entry.size > left) return bad("its entries are larger than the file");
    left -= static_cast<std::size_t>(entry.size);
    Result<std::string> content = entryBytes(archive->get(), entry);
    if (!content) return fail(content.error());
    if (!entries.emplace(entry.name, std::move(*content)).second) {
      return bad("it has two entries of one name");
    }
  }
  return entries;
}

#else

Result<std::map<std::string, std::string>> zipEntries(std::string_view) {
  return fail(ErrorCode::unsupported,
              "this limbus was built without libzip, which reads what torch.save writes; save the "
              "weights as safetensors, or build with libzip-dev");
}

#endif

}  // namespace limbus
