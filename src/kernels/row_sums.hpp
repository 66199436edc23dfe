// SPDX-License-Identifier: Apache-2.0
/// What the contrast kernel sums over a pair of logit rows, run by run. Private to the module.
#pragma once

#include "kernels/contrast_rows.hpp"
#include "kernels/execution.hpp"
#include "kernels/logit_rows.hpp"

#include <cstdint>
#include <cstring>

namespace lightreasoner::kernels {

inline constexpr int run_length = on_host ? 128 : 4;  // a power of two

/// One model's raw logits at a step, [vocabulary].
struct LogitRow {
  const void* values;
  LogitType type;

  KOKKOS_INLINE_FUNCTION LogitRow(const LogitRows& rows, int row)
      : values(static_cast<const char*>(rows.values) +
               row * rows.row_stride * (rows.type == LogitType::float32 ? 4 : 2)),
        type(rows.type) {}

  KOKKOS_INLINE_FUNCTION float operator[](int id) const {
    return type == LogitType::float32 ? static_cast<const float*>(values)[id]
                                      : widened(static_cast<const std::uint16_t*>(values)[id]);
  }

 private:
  /// A bfloat16 is the upper half of the float of that value.
  KOKKOS_INLINE_FUNCTION static float widened(std::uint16_t bits) {
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float value = 0;
    std::memcpy(&value, &wide, sizeof value);
    return value;
  }
};

/// Both models' raw logits at a step.
struct RowPair {
  LogitRow expert;
  LogitRow amateur;
  int vocabulary;

  KOKKOS_INLINE_FUNCTION RowPair(const RowPairs& pairs, int step)
      : expert(pairs.expert, step),
        amateur(pairs.amateur, step),
        vocabulary(static_cast<int>(pairs.expert.vocabulary)) {}
};

/// Where fp32's normal numbers end: exp_of_nonpositive gives 0 here.
inline constexpr float lowest_exponent = -88.0F;

KOKKOS_INLINE_FUNCTION float clamp_exponent(float x) {
  return x < lowest_exponent ? lowest_exponent : x;
}

/// exp(x) in fp32 for lowest_exponent <= x <= 0 with a relative error below 2e-7; NaN stays NaN.
/// Free of branches and library calls, so that compilers turn a loop of it into SIMD and every
/// machine computes the same bits. Polynomial: Cephes, expf.c.
KOKKOS_INLINE_FUNCTION float exp_of_nonpositive(float x) {
  constexpr float round_to_integer = 12582912.0F;  // 1.5 * 2^23: the sum's low bits are the integer
  const float shifted = x * 1.44269504F + round_to_integer;
  const float exponent = shifted - round_to_integer;
  const float r = (x - exponent * 0.693359375F) + exponent * 2.12194440e-4F;
  float series = 1.9875691500e-4F;
  series = series * r + 1.3981999507e-3F;
  series = series * r + 8.3334519073e-3F;
  series = series * r + 4.1665795894e-2F;
  series = series * r + 1.6666665459e-1F;
  series = series * r + 5.0000001201e-1F;
  series = series * r * r + r + 1.0F;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127U) << 23;  // 2^exponent, and 0 for the exponent -127 of lowest_exponent
  float power = 0;
  std::memcpy(&power, &bits, sizeof power);
  return series * power;
}

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

/// The run of `row` that begins at `first`: where it lies, or in `copy` where it is of another type
/// or past the row's end, where it goes on with -inf.
KOKKOS_INLINE_FUNCTION const float* run_at(const LogitRow& row, int first, int vocabulary,
                                           float (&copy)[run_length]) {
  if (row.type == LogitType::float32 && first + run_length <= vocabulary) {
    return static_cast<const float*>(row.values) + first;
  }
  for (int i = 0; i < run_length; ++i) {
    copy[i] = first + i < vocabulary ? row[first + i] : -infinity;
  }
  return copy;
}

/// Halves an array with `combine` until a few values are left; returns how many. Every loop runs
/// over independent elements, which compilers turn into SIMD where they must not reorder a sum.
template <typename Combine>
KOKKOS_INLINE_FUNCTION int fold(float (&values)[run_length], const Combine& combine) {
  int length = run_length;
  for (; length > 8; length /= 2) {
    const int half = length / 2;
    for (int i = 0; i < half; ++i) {
      values[i] = combine(values[i], values[half + i]);
    }
  }
  return length;
}

KOKKOS_INLINE_FUNCTION double sum_of(float (&terms)[run_length]) {
  const int length = fold(terms, [](float a, float b) { return a + b; });
  double sum = 0;
  for (int i = 0; i < length; ++i) {
    sum += static_cast<double>(terms[i]);
  }
  return sum;
}

/// Raises `top` and `id` when the run that begins at id `first` holds a greater logit.
KOKKOS_INLINE_FUNCTION void raise_top(const float* run, int first, float& top, std::int32_t& id) {
  float values[run_length];
  for (int i = 0; i < run_length; ++i) {
    values[i] = run[i] > -infinity ? run[i] : -infinity;  // NaN never wins
  }
  const int length = fold(values, [](float a, float b) { return a > b ? a : b; });
  float run_top = -infinity;
  for (int i = 0; i < length; ++i) {
    run_top = values[i] > run_top ? values[i] : run_top;
  }
  if (run_top > top) {
    top = run_top;
    for (id = first; run[id - first] != run_top; ++id) {
    }
  }
}

/// Adds one run to the sums: pairwise in fp32 within the run, in double from run to run.
KOKKOS_INLINE_FUNCTION void add_run(const float* expert, const float* amateur, float expert_top,
                                    float amateur_top, RowSums& sums) {
  float p[run_length], p_x[run_length], p_gap[run_length], q[run_length], q_y[run_length];
  for (int i = 0; i < run_length; ++i) {
    const float x = clamp_exponent(expert[i] - expert_top);
    const float y = clamp_exponent(amateur[i] - amateur_top);
    // Not clamped: -inf beside a possible expert token must leave no finite sum behind.
    const float gap = x - (amateur[i] - amateur_top);
    p[i] = exp_of_nonpositive(x);
    q[i] = exp_of_nonpositive(y);
    p_x[i] = p[i] * x;
    p_gap[i] = expert[i] == -infinity ? 0.0F : p[i] * gap;
    q_y[i] = q[i] * y;
  }
  sums.expert_mass += sum_of(p);
  sums.expert_moment += sum_of(p_x);
  sums.gap_moment += sum_of(p_gap);
  sums.amateur_mass += sum_of(q);
  sums.amateur_moment += sum_of(q_y);
}

}  // namespace lightreasoner::kernels
