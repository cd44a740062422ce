/* Merges, unmerging, and what rounding loses. */
#include <cmath>

#include "check.h"

namespace {

template <class T, class ADAPTER>
struct Update {
  int columns, from, to, table;
  Matrix<T> w;
  Matrix<ADAPTER> a, b;
  std::vector<float> gain;
  dlora_term term;

  Update(int rows, int columns, int from, int to, int rank, int n, int first_output, bool has_gain, bool table)
      : columns(columns),
        from(from),
        to(to),
        table(table),
        w(rows, columns),
        a(std::max(rank, 1), table ? rows : columns),
        b(n, std::max(rank, 1)),
        gain(random_floats(n)) {
    const bool is_bf16 = sizeof(ADAPTER) == 2;
    term = {a.data.data(), b.data.data(), has_gain ? gain.data() : nullptr, nullptr, a.stride, b.stride, is_bf16, is_bf16,
            rank, n, first_output, 0.75f, 0, 0};
  }

  dim3 grid() const { return dim3(parts(w.stride, 256), parts(to - from, 16)); }

  bool has_term(int column) const {
    return !table || (column >= term.first_output && column < term.first_output + term.n);
  }

  /* The merged weight before it is rounded. */
  double merged(int row, int column) const {
    double sum = 0;
    if (!has_term(column)) {
      return w.at(row, column);
    }
    const int output = (table ? column : row) - term.first_output, input = table ? row : column;
    for (int rank = 0; rank < term.rank; rank++) {
      sum += (double)b.at(output, rank) * a.at(rank, input);
    }
    return (w.at(row, column) + term.scale * sum) * (term.gain ? gain[output] : 1);
  }
};

template <class T>
std::vector<float> floats(const std::vector<T> &from) {
  std::vector<float> to;
  for (T value : from) {
    to.push_back(to_float(value));
  }
  return to;
}

template <class T, class ADAPTER, class MERGE, class LOSS>
void check(Update<T, ADAPTER> update, MERGE merge, LOSS loss) {
  T untouched;
  store(&untouched, -77);
  std::vector<T> live(update.w.data.size(), untouched);
  merge(update, live.data());
  std::vector<Expected> expected;
  double change = 0, lost = 0;
  for (int i = 0; i < (int)live.size(); i++) {
    const int row = i / update.w.stride, column = i % update.w.stride;
    if (row < update.from || row >= update.to || column >= update.columns) {
      expected.push_back({row < update.from || row >= update.to ? -77.0 : 0.0, 0});
      continue;
    }
    const double value = update.merged(row, column), left = stored((float)value, (T *)nullptr);
    const bool as_it_was = !update.has_term(column) || (update.term.rank == 0 && !update.term.gain);
    /* Near the middle of two bfloat16 either is right. */
    expected.push_back({value, as_it_was ? 0 : (sizeof(T) == 2 ? fabs(value) / 256 : 0) + 2e-5});
    change += pow(value - update.w.at(row, column), 2);
    lost += pow(left - value, 2);
  }
  expect("merge", floats(live), expected);

  std::vector<double2> losses(update.grid().x * update.grid().y, {NAN, NAN});
  loss(update, losses.data());
  double2 sum = {0, 0};
  for (const double2 &part : losses) {
    sum.x += part.x;
    sum.y += part.y;
  }
  expect("merge_loss", {(float)sum.x, (float)sum.y}, {{change, 1e-6 * change}, {lost, 1e-6 * lost}});

  /* Unmerging: the pristine weights, bit for bit, whatever is live. */
  update.term = {};
  merge(update, live.data());
  for (int i = update.from * update.w.stride; i < update.to * update.w.stride; i++) {
    if (memcmp(&live[i], &update.w.data[i], sizeof(T)) != 0) {
      fail("unmerged weight " + std::to_string(i) + " is not the pristine one");
    }
  }
}

template <class T, class ADAPTER, class MERGE, class LOSS>
void check_all(MERGE merge, LOSS loss) {
  check(Update<T, ADAPTER>(40, 50, 3, 37, 8, 34, 3, false, false), merge, loss);
  check(Update<T, ADAPTER>(20, 300, 0, 20, 40, 20, 0, true, false), merge, loss);
  check(Update<T, ADAPTER>(20, 300, 0, 20, 0, 20, 0, true, false), merge, loss);
  check(Update<T, ADAPTER>(33, 61, 16, 33, 16, 61, 0, true, true), merge, loss);
  check(Update<T, ADAPTER>(33, 61, 0, 33, 3, 30, 20, false, true), merge, loss);
}

void merge_f32() {
  check_all<float, float>(
      [](auto &u, float *live) {
        LAUNCH(dlora_merge_f32, u.grid(), 256, 0, u.w.data.data(), live, u.w.stride, u.columns, u.from, u.to, u.term, u.table);
      },
      [](auto &u, double2 *out) {
        LAUNCH(dlora_merge_loss_f32, u.grid(), 256, 0, u.w.data.data(), u.w.stride, u.columns, u.from, u.to, u.term, u.table, out);
      });
}

template <class ADAPTER>
void merge_bf16() {
  check_all<bf16, ADAPTER>(
      [](auto &u, bf16 *live) {
        LAUNCH(dlora_merge_bf16, u.grid(), 256, 0, u.w.data.data(), live, u.w.stride, u.columns, u.from, u.to, u.term, u.table);
      },
      [](auto &u, double2 *out) {
        LAUNCH(dlora_merge_loss_bf16, u.grid(), 256, 0, u.w.data.data(), u.w.stride, u.columns, u.from, u.to, u.term, u.table, out);
      });
}

const Check all[] = {{"merge, float32", merge_f32},
                     {"merge, bf16", merge_bf16<bf16>},
                     {"merge, bf16 and float32", merge_bf16<float>}};

}  // namespace
