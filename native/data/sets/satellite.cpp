// Satellite images of GF-2 and GF-3 as the projector of yassouali's networks keeps them:
//
//   ROOT/{train,valid}/img/<n>.tif          512x512
//   ROOT/{train,valid}/lbl/<n>_gt.png       palette or colours of 9 classes, which have no names
#include "native/data/sets/published.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr Rgb kSatelliteColours[] = {{0, 0, 0},       {0, 0, 255},   {0, 255, 0},
                                     {0, 128, 0},     {0, 255, 255}, {255, 255, 0},
                                     {255, 255, 255}, {255, 0, 255}, {128, 128, 128}};

ClassTable satelliteTable() {
  ClassTable table;
  for (const Rgb& colour : kSatelliteColours) {
    const int number = static_cast<int>(table.entries.size());
    table.entries.push_back({"class " + std::to_string(number), colour, number});
  }
  return table;
}

Result<std::unique_ptr<Dataset>> openSatellite(const DatasetRequest& request,
                                               const PublishedOptions& options) {
  const fs::path folder = splitPath(request, "{split}");
  auto pairs = pairsByName(request, folder / "img/{name}.tif", folder / "lbl/{name}_gt.png");
  if (!pairs) return fail(pairs.error());
  ClassTable named = satelliteTable();  // whatever the recipe calls them
  for (std::size_t i = 0; i < std::min(request.classes.size(), named.entries.size()); ++i) {
    named.entries[i].name = request.classes[i].name;
  }
  return openPublished(std::move(*pairs), named, LabelValues::either, request, options);
}

}  // namespace

DatasetRow satelliteRow() {
  return {"satellite",
          "{train,valid}/img/*.tif beside lbl/*_gt.png: GF-2 and GF-3, 9 classes",
          PublishedOptions{},
          true,
          typed<openSatellite>,
          satelliteTable,
          "voc"};
}

}  // namespace limbus
