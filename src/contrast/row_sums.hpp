// SPDX-License-Identifier: Apache-2.0
/// What the contrast kernel sums over a pair of logit rows, run by run. Private to the kernel: the
/// one header here that includes Kokkos.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>
#include <cstring>
#include <limits>

namespace lightreasoner::contrast::kernel {

#if KOKKOS_VERSION >= 30700
namespace math = Kokkos;
#else
namespace math = Kokkos::Experimental;
#endif

inline constexpr float infinity = std::numeric_limits<float>::infinity();

/// True where a core runs the kernel: long runs then keep its SIMD lanes busy. On an accelerator
/// neighbouring threads take neighbouring runs, so a run is what one load instruction brings.
inline constexpr bool on_host =
    Kokkos::SpaceAccessibility<Kokkos::HostSpace,
                               Kokkos::DefaultExecutionSpace::memory_space>::accessible;
inline constexpr int num_lanes = on_host ? 8 : 4;
inline constexpr int run_length = on_host ? 64 : 4;

/// Two pointers to raw logits of one step, [vocabulary] each.
struct RowPair {
  const float* expert;
  const float* amateur;
  int vocabulary;
};

/// exp(x) in fp32 for x <= 0, relative error below 2e-7; 0 below -87, where fp32 ends; NaN stays
/// NaN. Branch-free and free of library calls, so that compilers turn a loop over lanes into SIMD
/// and every machine computes the same bits. Polynomial: Cephes, expf.c.
KOKKOS_INLINE_FUNCTION float exp_of_nonpositive(float x) {
  constexpr float lowest = -87.0F;
  constexpr float round_to_integer = 12582912.0F;  // 1.5 * 2^23: the sum's low bits are the integer
  const float clamped = x < lowest ? lowest : x;
  const float shifted = clamped * 1.44269504F + round_to_integer;
  const float exponent = shifted - round_to_integer;
  const float r = (clamped - exponent * 0.693359375F) + exponent * 2.12194440e-4F;
  float series = 1.9875691500e-4F;
  series = series * r + 1.3981999507e-3F;
  series = series * r + 8.3334519073e-3F;
  series = series * r + 4.1665795894e-2F;
  series = series * r + 1.6666665459e-1F;
  series = series * r + 5.0000001201e-1F;
  series = series * r * r + r + 1.0F;
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127U) << 23;  // 2^exponent
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return x < lowest ? 0.0F : series * power;
}

/// Greatest logit of each row and its id. Ties go to the lowest id, NaN never wins.
struct RowTops {
  float expert = -infinity;
  float amateur = -infinity;
  std::int32_t expert_id = 0;
  std::int32_t amateur_id = 0;

  KOKKOS_INLINE_FUNCTION void merge(const RowTops& other) {
    take_greater(expert, expert_id, other.expert, other.expert_id);
    take_greater(amateur, amateur_id, other.amateur, other.amateur_id);
  }

 private:
  KOKKOS_INLINE_FUNCTION static void take_greater(float& top, std::int32_t& id, float other,
                                                  std::int32_t other_id) {
    if (other > top || (other == top && other_id < id)) {
      top = other;
      id = other_id;
    }
  }
};

/// Sums over v relative to the greatest logits so far, x_0 of the expert and y_0 of the amateur:
/// with p = exp(x - x_0) and q = exp(y - y_0). An expert probability of zero adds nothing.
struct RowSums {
  double expert_mass = 0;     ///< sum of p
  double expert_moment = 0;   ///< sum of p (x - x_0)
  double gap_moment = 0;      ///< sum of p ((x - x_0) - (y - y_0))
  double amateur_mass = 0;    ///< sum of q
  double amateur_moment = 0;  ///< sum of q (y - y_0)

  KOKKOS_INLINE_FUNCTION void merge(const RowSums& other) {
    expert_mass += other.expert_mass;
    expert_moment += other.expert_moment;
    gap_moment += other.gap_moment;
    amateur_mass += other.amateur_mass;
    amateur_moment += other.amateur_moment;
  }

  /// Moves the sums from old greatest logits to new ones.
  KOKKOS_INLINE_FUNCTION void rescale(const RowTops& from, const RowTops& to) {
    const double expert_shift = shift(from.expert, to.expert);
    const double amateur_shift = shift(from.amateur, to.amateur);
    const double expert_factor = math::exp(expert_shift);
    const double amateur_factor = math::exp(amateur_shift);
    expert_moment = expert_factor * (expert_moment + expert_shift * expert_mass);
    gap_moment = expert_factor * (gap_moment + (expert_shift - amateur_shift) * expert_mass);
    expert_mass *= expert_factor;
    amateur_moment = amateur_factor * (amateur_moment + amateur_shift * amateur_mass);
    amateur_mass *= amateur_factor;
  }

 private:
  /// Before a row's first finite logit its sums are empty and any shift will do.
  KOKKOS_INLINE_FUNCTION static double shift(float from, float to) {
    return from == -infinity ? 0.0 : static_cast<double>(from) - static_cast<double>(to);
  }
};

/// Kokkos reducer of a type with a default value and merge().
template <typename Value>
struct Merge {
  using reducer = Merge;
  using value_type = Value;
  using result_view_type =
      Kokkos::View<Value, Kokkos::AnonymousSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

  KOKKOS_INLINE_FUNCTION explicit Merge(Value& result) : result_(&result) {}
  KOKKOS_INLINE_FUNCTION void join(Value& target, const Value& source) const {
    target.merge(source);
  }
  KOKKOS_INLINE_FUNCTION void init(Value& value) const { value = Value(); }
  KOKKOS_INLINE_FUNCTION Value& reference() const { return *result_; }
  KOKKOS_INLINE_FUNCTION result_view_type view() const { return result_view_type(result_); }
  KOKKOS_INLINE_FUNCTION bool references_scalar() const { return true; }

 private:
  Value* result_;
};

/// The run of `row` that begins at `first`; past the row's end it goes on with -inf, in `padded`.
KOKKOS_INLINE_FUNCTION const float* run_at(const float* row, int first, int vocabulary,
                                           float (&padded)[run_length]) {
  if (first + run_length <= vocabulary) {
    return row + first;
  }
  for (int i = 0; i < run_length; ++i) {
    padded[i] = first + i < vocabulary ? row[first + i] : -infinity;
  }
  return padded;
}

/// Raises `top` and `id` when the run that begins at id `first` holds a greater logit.
KOKKOS_INLINE_FUNCTION void raise_top(const float* run, int first, float& top, std::int32_t& id) {
  float lane_top[num_lanes];
  for (int lane = 0; lane < num_lanes; ++lane) {
    lane_top[lane] = -infinity;
  }
  for (int i = 0; i < run_length; i += num_lanes) {
    for (int lane = 0; lane < num_lanes; ++lane) {
      lane_top[lane] = run[i + lane] > lane_top[lane] ? run[i + lane] : lane_top[lane];
    }
  }
  float run_top = -infinity;
  for (int lane = 0; lane < num_lanes; ++lane) {
    run_top = lane_top[lane] > run_top ? lane_top[lane] : run_top;
  }
  if (run_top > top) {
    top = run_top;
    for (id = first; run[id - first] != run_top; ++id) {
    }
  }
}

/// Adds one run to the sums. Lanes add up in fp32, at most run_length / num_lanes terms, the rest
/// in double.
KOKKOS_INLINE_FUNCTION void add_run(const float* expert, const float* amateur, float expert_top,
                                    float amateur_top, RowSums& sums) {
  float p_sum[num_lanes] = {}, p_x_sum[num_lanes] = {}, gap_sum[num_lanes] = {};
  float q_sum[num_lanes] = {}, q_y_sum[num_lanes] = {};
  for (int i = 0; i < run_length; i += num_lanes) {
    for (int lane = 0; lane < num_lanes; ++lane) {
      const float x = expert[i + lane] - expert_top;
      const float y = amateur[i + lane] - amateur_top;
      const float p = exp_of_nonpositive(x);
      const float q = exp_of_nonpositive(y);
      p_sum[lane] += p;
      p_x_sum[lane] += p * (x == -infinity ? 0.0F : x);
      gap_sum[lane] += p * (x == -infinity ? 0.0F : x - y);
      q_sum[lane] += q;
      q_y_sum[lane] += q * (y == -infinity ? 0.0F : y);
    }
  }
  for (int lane = 0; lane < num_lanes; ++lane) {
    sums.expert_mass += static_cast<double>(p_sum[lane]);
    sums.expert_moment += static_cast<double>(p_x_sum[lane]);
    sums.gap_moment += static_cast<double>(gap_sum[lane]);
    sums.amateur_mass += static_cast<double>(q_sum[lane]);
    sums.amateur_moment += static_cast<double>(q_y_sum[lane]);
  }
}

}  // namespace lightreasoner::contrast::kernel
