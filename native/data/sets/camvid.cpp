// CamVid (Brostow et al., 2009), either as published with SegNet or in its own colours:
//
//   ROOT/{train,val,test} beside {train,val,test}annot           numbers 0 to 10, 11 takes no part
//   ROOT/{train,val,test} beside {train,val,test}_labels         <name>_L.png, 32 colours
//   ROOT/images beside labels                                    undivided
//
// The 32 classes in colour are the 11 of SegNet, as its authors group them. The sequence (the name
// before its number) is the group.
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/published.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

ClassTable camvidTable() {
  ClassTable table;
  table.entries = {
      {"sky", {128, 128, 128}, 0},    {"building", {128, 0, 0}, 1},    {"pole", {192, 192, 128}, 2},
      {"road", {128, 64, 128}, 3},    {"pavement", {0, 0, 192}, 4},    {"tree", {128, 128, 0}, 5},
      {"sign", {192, 128, 128}, 6},   {"fence", {64, 64, 128}, 7},     {"car", {64, 0, 128}, 8},
      {"pedestrian", {64, 64, 0}, 9}, {"bicyclist", {0, 128, 192}, 10}};
  table.voidNumbers = {11};
  table.voidColours = {{0, 0, 0}};
  return table;
}

// Of the 32 classes those that are not among the 11 by name.
const std::vector<std::pair<Rgb, std::string>> kCamvidColours = {
    {{0, 128, 64}, "building"},      // Bridge
    {{64, 192, 0}, "building"},      // Wall
    {{64, 0, 64}, "building"},       // Tunnel
    {{192, 0, 128}, "building"},     // Archway
    {{0, 0, 64}, "pole"},            // TrafficCone
    {{128, 0, 192}, "road"},         // LaneMkgsDriv
    {{192, 0, 64}, "road"},          // LaneMkgsNonDriv
    {{64, 192, 128}, "pavement"},    // ParkingBlock
    {{128, 128, 192}, "pavement"},   // RoadShoulder
    {{192, 192, 0}, "tree"},         // VegetationMisc
    {{128, 128, 64}, "sign"},        // Misc_Text
    {{0, 64, 64}, "sign"},           // TrafficLight
    {{64, 128, 192}, "car"},         // SUVPickupTruck
    {{192, 128, 192}, "car"},        // Truck_Bus
    {{192, 64, 128}, "car"},         // Train
    {{128, 64, 64}, "car"},          // OtherMoving
    {{192, 128, 64}, "pedestrian"},  // Child
    {{64, 0, 192}, "pedestrian"},    // CartLuggagePram
    {{64, 128, 64}, "pedestrian"},   // Animal
    {{192, 0, 192}, "bicyclist"},    // MotorcycleScooter
};

Result<std::unique_ptr<Dataset>> openCamVid(const DatasetRequest& request,
                                            const PublishedOptions& options) {
  Result<FoundPairs> found = folderPairs(request, {});
  if (!found) return fail(found.error());
  for (PairFiles& pair : found->pairs) pair.group = pair.id.substr(0, pair.id.find('_'));
  if (!found->divided && request.divide) found->pairs = fifthOf(request.split, found->pairs);
  return openPublished(std::move(found->pairs), camvidTable(), LabelValues::either, request,
                       options, kCamvidColours, found->divided);
}

}  // namespace

DatasetRow camvidRow() {
  return {"camvid",
          "{train,val,test} beside {train,val,test}annot, or masks in the 32 colours: 11 classes",
          PublishedOptions{},
          true,
          typed<openCamVid>,
          camvidTable,
          "imagenet"};
}

}  // namespace limbus
