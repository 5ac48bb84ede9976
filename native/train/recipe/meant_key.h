// What somebody means who names a key that a recipe has not.
#pragma once

#include <string>

namespace limbus {

// The path of a recipe's key that stands elsewhere, is spelled otherwise or goes by another
// trainer's word: "schedule.lr" of "lr", "optimizer.lr" and "learning_rate". "": none.
std::string meantKey(const std::string& key);

// Whether it names the folder of the data, which is no key at all: "data.root", "data_dir".
bool meansDataFolder(const std::string& key);

}  // namespace limbus
