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

tl::unexpected<Error> badArchive(const std::string& why) {
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
  if (archive == nullptr) return badArchive(why);
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
    return badArchive("an entry cannot be read to its end");
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
      return badArchive("its list of entries");
    }
    if (std::string_view(entry.name).find("/code/") != std::string_view::npos) {
      return fail(ErrorCode::unsupported,
                  "a TorchScript program; its weights are saved by "
                  "torch.save(torch.jit.load(FILE).state_dict(), OUT)");
    }
    if (entry.comp_method != ZIP_CM_STORE) {
      return fail(ErrorCode::badData,
                  "its entries are compressed, which torch.save never does; nothing was unpacked");
    }
    if (entry.size > left) return badArchive("its entries are larger than the file");
    left -= static_cast<std::size_t>(entry.size);
    Result<std::string> content = entryBytes(archive->get(), entry);
    if (!content) return fail(content.error());
    if (!entries.emplace(entry.name, std::move(*content)).second) {
      return badArchive("it has two entries of one name");
    }
  }
  return entries;
}

Result<std::string> zipOf(const std::string& name, std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> file(
      zip_source_buffer_create(nullptr, 0, 0, &error), &zip_source_free);
  zip_t* archive =
      file == nullptr ? nullptr : zip_open_from_source(file.get(), ZIP_TRUNCATE, &error);
  const std::string why = archive == nullptr ? zip_error_strerror(&error) : "";
  zip_error_fini(&error);
  const auto failed = [](const std::string& reason) {
    return fail(ErrorCode::io, "an archive cannot be made: " + reason);
  };
  if (archive == nullptr) return failed(why);
  zip_source_keep(file.get());  // the archive gives back its own when it is closed
  Archive open(archive, &zip_discard);
  zip_source_t* entry = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  const zip_int64_t index =
      entry == nullptr ? -1 : zip_file_add(archive, name.c_str(), entry, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    if (entry != nullptr) zip_source_free(entry);
    return failed(zip_strerror(archive));
  }
  const zip_uint64_t at = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kNoTime = 0, kFirstDay = 33;  // 1980-01-01, where ZIP's calendar begins
  if (zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, 0) != 0 ||
      zip_file_set_dostime(archive, at, kNoTime, kFirstDay, 0) != 0 || zip_close(archive) != 0) {
    return failed(zip_strerror(archive));
  }
  [[maybe_unused]] const zip_t* closed = open.release();
  std::string out;
  if (zip_source_open(file.get()) != 0) return failed("it cannot be read back");
  char part[65536];
  for (zip_int64_t got = 0; (got = zip_source_read(file.get(), part, sizeof part)) > 0;) {
    out.append(part, static_cast<std::size_t>(got));
  }
  zip_source_close(file.get());
  return out;
}

#else

Result<std::string> zipOf(const std::string&, std::string_view) {
  return fail(
      ErrorCode::unsupported,
      "this limbus was built without libzip, which writes ZIP files; build with libzip-dev");
}

Result<std::map<std::string, std::string>> zipEntries(std::string_view) {
  return fail(ErrorCode::unsupported,
              "this limbus was built without libzip, which reads what torch.save writes; save the "
              "weights as safetensors, or build with libzip-dev");
}

#endif

}  // namespace limbus
