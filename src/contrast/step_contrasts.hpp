// SPDX-License-Identifier: Apache-2.0
/// What the contrast of expert and amateur says about each step: the data that records keep, and
/// the one list of its columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace lightreasoner::contrast {

template <typename Value>
using Scalar = Value;
template <typename Value>
using Vector = std::vector<Value>;

/// What one model's distribution is like: at one step as scalars, at a run of steps as vectors.
template <template <typename> typename Of>
struct ModelStatistics {
  Of<float> entropy{};
  Of<std::int32_t> top_id{};
  Of<float> top_probability{};
  Of<float> lost_mass{};
};

/// One step's statistics.
struct StepContrast {
  float kl = 0;
  ModelStatistics<Scalar> expert;
  ModelStatistics<Scalar> amateur;
};

/// The floor sets of a run of steps in CSR form: as vectors, or where a kernel can write them.
template <template <typename> typename Of>
struct FloorSetsIn {
  Of<std::uint64_t> offsets;
  Of<std::int32_t> ids;
  Of<float> expert_log_probability;
  Of<float> amateur_log_probability;
};
using FloorSets = FloorSetsIn<Vector>;

/// Statistics and floor sets of a run of steps. What each column holds is said in the lists below.
struct StepContrasts {
  std::vector<float> kl;
  ModelStatistics<Vector> expert;
  ModelStatistics<Vector> amateur;
  FloorSets floor{{0}, {}, {}, {}};

  [[nodiscard]] std::size_t num_steps() const { return kl.size(); }
};

/// What every value of a column must be.
enum class ColumnRule : std::uint8_t {
  any,
  finite,
  non_negative,  ///< and finite
  share,         ///< above 0, at most 1
  part,          ///< 0 to 1
  token_id,      ///< 0 or more
  offsets,       ///< from 0, ascending, one more than there are rows, into the column after it
};

/// One column: its name, "/" and its axis before it, as records call it; unit and meaning; what its
/// values must be; and where it lies in the struct that holds it, which also gives its type.
template <typename Member>
struct Column {
  const char* path;
  const char* description;
  ColumnRule rule;
  Member member;
};
// C++20 deduces this by itself, clang before 17 does not.
template <typename Member>
Column(const char*, const char*, ColumnRule, Member) -> Column<Member>;

/// The statistics of a step, in the order of records. `member` takes a StepContrast for one step's
/// value and StepContrasts for the column.
inline constexpr std::tuple statistic_columns{
    Column{"/steps/kl", "[steps] D_t = KL(expert || amateur), nats", ColumnRule::non_negative,
           [](auto& steps) -> decltype(auto) { return (steps.kl); }},
    Column{"/steps/expert_entropy", "[steps] nats", ColumnRule::non_negative,
           [](auto& steps) -> decltype(auto) { return (steps.expert.entropy); }},
    Column{"/steps/amateur_entropy", "[steps] nats", ColumnRule::non_negative,
           [](auto& steps) -> decltype(auto) { return (steps.amateur.entropy); }},
    Column{"/steps/expert_top_id", "[steps] the expert's most probable token, lowest id of equals",
           ColumnRule::token_id,
           [](auto& steps) -> decltype(auto) { return (steps.expert.top_id); }},
    Column{"/steps/amateur_top_id",
           "[steps] the amateur's most probable token, lowest id of equals", ColumnRule::token_id,
           [](auto& steps) -> decltype(auto) { return (steps.amateur.top_id); }},
    Column{"/steps/expert_top_probability", "[steps] the expert's greatest probability",
           ColumnRule::share,
           [](auto& steps) -> decltype(auto) { return (steps.expert.top_probability); }},
    Column{"/steps/amateur_top_probability", "[steps] the amateur's greatest probability",
           ColumnRule::share,
           [](auto& steps) -> decltype(auto) { return (steps.amateur.top_probability); }},
    Column{"/steps/expert_lost_mass",
           "[steps] the expert's probability outside the vocabulary both models share",
           ColumnRule::part,
           [](auto& steps) -> decltype(auto) { return (steps.expert.lost_mass); }},
    Column{"/steps/amateur_lost_mass",
           "[steps] the amateur's probability outside the vocabulary both models share",
           ColumnRule::part,
           [](auto& steps) -> decltype(auto) { return (steps.amateur.lost_mass); }},
};

/// The floor sets of a step's contrast, in the order of records; logarithms are natural. `member`
/// takes whatever has FloorSetsIn as its `floor`.
inline constexpr std::tuple floor_columns{
    Column{"/steps/floor_offsets", "[steps + 1] into /floor", ColumnRule::offsets,
           [](auto& steps) -> decltype(auto) { return (steps.floor.offsets); }},
    Column{"/floor/token_id",
           "tokens v with pi_E(v) >= plausibility_floor * max pi_E, ascending in a step",
           ColumnRule::token_id, [](auto& steps) -> decltype(auto) { return (steps.floor.ids); }},
    Column{"/floor/expert_log_probability", "log pi_E(v)", ColumnRule::finite,
           [](auto& steps) -> decltype(auto) { return (steps.floor.expert_log_probability); }},
    Column{"/floor/amateur_log_probability", "log pi_A(v)", ColumnRule::finite,
           [](auto& steps) -> decltype(auto) { return (steps.floor.amateur_log_probability); }},
};

// A member that no list names would be neither appended nor stored.
static_assert(sizeof(StepContrasts) ==
              sizeof(std::vector<float>) * (std::tuple_size_v<decltype(statistic_columns)> +
                                            std::tuple_size_v<decltype(floor_columns)>));

/// Calls visit(column) with every column of a list, in its order.
template <typename Columns, typename Visit>
constexpr void for_each_column(const Columns& columns, Visit&& visit) {
  std::apply([&](const auto&... column) { (visit(column), ...); }, columns);
}

/// Appends one step's statistics; its floor set is the caller's.
void append_step(StepContrasts& target, const StepContrast& step);

/// Appends the steps [first, last) of `source`.
void append_steps(StepContrasts& target, const StepContrasts& source, std::size_t first,
                  std::size_t last);

}  // namespace lightreasoner::contrast
