// Where a rank learns its place from: torchrun, Slurm, MPI, variables set by hand.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>

#include "native/train/ranks/ranks.h"
#include "native_catch.h"
#include "ranks_training.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

TEST_CASE("ranks: their places come from the environment") {
  CHECK(rankPlace()->size == 1);
  {
    const Environment torchrun({{"RANK", "2"},
                                {"LOCAL_RANK", "1"},
                                {"WORLD_SIZE", "4"},
                                {"LOCAL_WORLD_SIZE", "2"},
                                {"MASTER_ADDR", "10.0.0.7"},
                                {"MASTER_PORT", "1234"}});
    const RankPlace place = rankPlace().value();
    CHECK(place.rank == 2);
    CHECK(place.local == 1);
    CHECK(place.localSize == 2);
    CHECK(place.size == 4);
    CHECK(place.host == "10.0.0.7");
    CHECK(place.port == 1234);
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_LOCALID", "1"},
                             {"SLURM_JOB_ID", "30007"},
                             {"SLURM_STEP_ID", "2"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "gpu[07-09,12].cluster,other"}});
    CHECK(rankPlace()->host == "gpu07.cluster");
    CHECK(rankPlace()->port == 15009);
    CHECK(rankPlace()->local == 1);
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "one,two[1-2]"}});
    CHECK(rankPlace()->host == "one");
    CHECK(rankPlace()->localSize == 1);
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
    CHECK(rankPlace()->host == "127.0.0.1");
    CHECK(rankPlace()->local == 1);
    CHECK(rankPlace()->localSize == 2);
  }
  {
    const Environment mpirunInSlurm({{"OMPI_COMM_WORLD_RANK", "1"},
                                     {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                     {"OMPI_COMM_WORLD_SIZE", "2"},
                                     {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                     {"SLURM_JOB_ID", "30007"},
                                     {"SLURM_PROCID", "0"},
                                     {"SLURM_LOCALID", "0"},
                                     {"SLURM_STEP_NUM_TASKS", "1"},
                                     {"SLURM_STEP_NODELIST", "node1"}});
    CHECK(rankPlace()->rank == 1);
    CHECK(rankPlace()->local == 1);
    CHECK(rankPlace()->size == 2);
    CHECK(rankPlace()->host == "127.0.0.1");
    CHECK(rankPlace()->port == 29500);
  }
  {
    const Environment exported({{"RANK", "5"},
                                {"WORLD_SIZE", "8"},
                                {"MASTER_ADDR", "node1"},
                                {"SLURM_PROCID", "5"},
                                {"SLURM_LOCALID", "1"}});
    CHECK(rankPlace()->local == 1);
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
    CHECK_THAT(rankPlace().error().message, ContainsSubstring("MASTER_ADDR is missing"));
  }
  {
    const Environment byHand({{"RANK", "1"}, {"WORLD_SIZE", "3"}});
    CHECK(rankPlace()->localSize == 3);
    CHECK(rankPlace()->local == 1);
  }
  for (const auto& [size, why] : {std::pair("3", "RANK is missing"), std::pair("1", "")}) {
    const Environment forgotten({{"WORLD_SIZE", size}, {"LOCAL_WORLD_SIZE", size}});
    const Result<RankPlace> place = rankPlace();
    CHECK(place.has_value() == std::string(why).empty());
    if (!place) CHECK_THAT(place.error().message, ContainsSubstring(why));
  }
  {
    const Environment mpich(
        {{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}});
    CHECK(rankPlace()->rank == 1);
    CHECK(rankPlace()->localSize == 2);
    CHECK(rankPlace()->host == "127.0.0.1");
  }
  for (const auto& [node, size] : std::map<std::string, int>{{"0", 4}, {"2", 4}, {"3", 2}}) {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_LOCALID", "1"},
                             {"SLURM_NODEID", node.c_str()},
                             {"SLURM_STEP_NUM_TASKS", "14"},
                             {"SLURM_STEP_NODELIST", "node[1-4]"},
                             {"SLURM_STEP_TASKS_PER_NODE", "4(x3),2"}});
    CHECK(rankPlace().value().localSize == size);
  }
  {
    const Environment torchrun({{"RANK", "0"},
                                {"WORLD_SIZE", "2"},
                                {"MASTER_ADDR", "h"},
                                {"MASTER_PORT", "1234"},
                                {"TORCHELASTIC_USE_AGENT_STORE", "True"}});
    CHECK(rankPlace()->port == 1235);
  }
  for (const char* rank : {"4", "-1", "x", "1x"}) {
    const Environment wrong({{"RANK", rank}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "h"}});
    CHECK_THAT(rankPlace().error().message,
               ContainsSubstring("RANK expects a whole number from 0 to 3, got '"));
  }
}
