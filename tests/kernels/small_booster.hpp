#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace tarifa::testing
{

/// A plain gradient booster for tests: logistic loss, trees grown level by level on histograms of 64
/// quantile bins, second-order gain (Friedman 2001, doi:10.1214/aos/1013203451, with the penalty of Chen and
/// Guestrin 2016, doi:10.1145/2939672.2939785). Columns of one length; labels 0 or 1.
class SmallBooster
{
 public:
  struct Settings
  {
    int trees = 60, depth = 6;
    double rate = 0.15, penalty = 1, least_weight = 5;
  };

  SmallBooster(std::vector<std::vector<float>> const& columns, std::vector<std::uint8_t> const& labels,
               Settings const& settings)
      : settings_(settings)
  {
    std::size_t const rows = labels.size();
    std::vector<std::vector<std::uint8_t>> binned;
    for (auto const& column : columns)
    {
      cuts_.push_back(quantiles(column));
      binned.push_back(bins(column, cuts_.back()));
    }
    double const share = std::accumulate(labels.begin(), labels.end(), 0.5) / static_cast<double>(rows + 1);
    start_ = std::log(share / (1 - share));
    std::vector<double> scores(rows, start_), gradients(rows), weights(rows);
    for (int t = 0; t < settings_.trees; ++t)
    {
      for (std::size_t r = 0; r < rows; ++r)
      {
        double const p = 1 / (1 + std::exp(-scores[r]));
        gradients[r] = labels[r] - p;
        weights[r] = p * (1 - p);
      }
      grow(binned, gradients, weights, scores);
    }
  }

  /// Log odds of rows that were not trained on.
  std::vector<double> scores(std::vector<std::vector<float>> const& columns) const
  {
    std::vector<std::vector<std::uint8_t>> binned;
    for (std::size_t c = 0; c < columns.size(); ++c)
    {
      binned.push_back(bins(columns[c], cuts_[c]));
    }
    std::vector<double> sums(columns.front().size(), start_);
    for (std::size_t r = 0; r < sums.size(); ++r)
    {
      for (auto const& tree : trees_)
      {
        std::size_t node = 0;
        while (tree[node].column >= 0)
        {
          bool const right = binned[static_cast<std::size_t>(tree[node].column)][r] > tree[node].bin;
          node = 2 * node + (right ? 2 : 1);
        }
        sums[r] += tree[node].value;
      }
    }
    return sums;
  }

 private:
  static constexpr std::size_t bin_count = 64;
  struct Node
  {
    int column = -1;
    std::uint8_t bin = 0;
    double value = 0;
  };
  struct Sums
  {
    double gradient = 0, weight = 0;
  };

  static std::vector<float> quantiles(std::vector<float> column)
  {
    std::sort(column.begin(), column.end());
    std::vector<float> cuts;
    for (std::size_t i = 1; i < bin_count; ++i)
    {
      cuts.push_back(column[i * column.size() / bin_count]);
    }
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    return cuts;
  }

  static std::vector<std::uint8_t> bins(std::vector<float> const& column, std::vector<float> const& cuts)
  {
    std::vector<std::uint8_t> bins(column.size());
    std::transform(
        column.begin(), column.end(), bins.begin(),
        [&](float value) {
          return static_cast<std::uint8_t>(std::upper_bound(cuts.begin(), cuts.end(), value) - cuts.begin());
        });
    return bins;
  }

  double gain(Sums const& sums) const
  {
    return sums.gradient * sums.gradient / (sums.weight + settings_.penalty);
  }

  void grow(std::vector<std::vector<std::uint8_t>> const& binned, std::vector<double> const& gradients,
            std::vector<double> const& weights, std::vector<double>& scores)
  {
    std::size_t const rows = gradients.size();
    auto const nodes = (std::size_t{2} << static_cast<unsigned>(settings_.depth)) - 1;
    std::vector<Node> tree(nodes);
    std::vector<std::uint32_t> node_of(rows, 0);
    for (int level = 0; level < settings_.depth; ++level)
    {
      std::size_t const first = (std::size_t{1} << static_cast<unsigned>(level)) - 1;
      std::size_t const width = first + 1;
      std::vector<double> best(width, 1e-6);
      for (std::size_t c = 0; c < binned.size(); ++c)
      {
        std::vector<Sums> sums(width * bin_count);
        for (std::size_t r = 0; r < rows; ++r)
        {
          if (node_of[r] >= first)
          {
            Sums& at = sums[(node_of[r] - first) * bin_count + binned[c][r]];
            at.gradient += gradients[r];
            at.weight += weights[r];
          }
        }
        for (std::size_t node = 0; node < width; ++node)
        {
          split(std::span(sums).subspan(node * bin_count, bin_count), static_cast<int>(c), best[node],
                tree[first + node]);
        }
      }
      for (std::size_t r = 0; r < rows; ++r)
      {
        if (node_of[r] >= first && tree[node_of[r]].column >= 0)
        {
          Node const& node = tree[node_of[r]];
          bool const right = binned[static_cast<std::size_t>(node.column)][r] > node.bin;
          node_of[r] = 2 * node_of[r] + (right ? 2 : 1);
        }
      }
    }
    std::vector<Sums> leaves(nodes);
    for (std::size_t r = 0; r < rows; ++r)
    {
      leaves[node_of[r]].gradient += gradients[r];
      leaves[node_of[r]].weight += weights[r];
    }
    for (std::size_t node = 0; node < nodes; ++node)
    {
      tree[node].value = settings_.rate * leaves[node].gradient / (leaves[node].weight + settings_.penalty);
    }
    for (std::size_t r = 0; r < rows; ++r)
    {
      scores[r] += tree[node_of[r]].value;
    }
    trees_.push_back(std::move(tree));
  }

  void split(std::span<Sums const> sums, int column, double& best, Node& node) const
  {
    Sums all, left;
    for (Sums const& one : sums)
    {
      all.gradient += one.gradient;
      all.weight += one.weight;
    }
    for (std::size_t bin = 0; bin + 1 < sums.size(); ++bin)
    {
      left.gradient += sums[bin].gradient;
      left.weight += sums[bin].weight;
      Sums const right{all.gradient - left.gradient, all.weight - left.weight};
      if (left.weight < settings_.least_weight || right.weight < settings_.least_weight)
      {
        continue;
      }
      double const gained = gain(left) + gain(right) - gain(all);
      if (gained > best)
      {
        best = gained;
        node = {column, static_cast<std::uint8_t>(bin), 0};
      }
    }
  }

  Settings settings_;
  double start_ = 0;
  std::vector<std::vector<float>> cuts_;
  std::vector<std::vector<Node>> trees_;
};

/// Area under the ROC curve; ties count half.
inline double auc(std::vector<double> const& scores, std::vector<std::uint8_t> const& labels)
{
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double below = 0, pairs = 0;
  double const positives = std::accumulate(labels.begin(), labels.end(), 0.0);
  for (std::size_t i = 0; i < order.size();)
  {
    double same_negatives = 0, same_positives = 0;
    std::size_t const from = i;
    for (; i < order.size() && !(scores[order[from]] < scores[order[i]]); ++i)
    {
      (labels[order[i]] != 0 ? same_positives : same_negatives) += 1;
    }
    pairs += same_positives * (below + same_negatives / 2);
    below += same_negatives;
  }
  return pairs / (positives * (static_cast<double>(labels.size()) - positives));
}

}  // namespace tarifa::testing
