// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include "report/some_summary.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <set>

namespace lightreasoner::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// What is wrong with the nesting of a page's tags; empty when nothing is.
std::string nesting_fault(const std::string& page) {
  static const std::set<std::string> void_tags{"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) {
      return "tag without an end: " + page.substr(at, 40);
    }
    const std::string tag = page.substr(at + 1, end - at - 1);
    at = end;
    const bool closes = tag.starts_with('/');
    const std::string name = tag.substr(closes, tag.find_first_of(" \n", closes) - closes);
    if (closes) {
      if (open.empty() || open.back() != name) {
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      }
      open.pop_back();
    } else if (!tag.ends_with('/') && !void_tags.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

void expect_sound(const std::string& page) {
  EXPECT_EQ(nesting_fault(page), "");
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf")));
}

TEST(NestingFault, SeesFaults) {
  EXPECT_EQ(nesting_fault("<p>a<br/></p>"), "");
  EXPECT_NE(nesting_fault("<p><b></p></b>"), "");
  EXPECT_NE(nesting_fault("<p>"), "");
  EXPECT_NE(nesting_fault("</p>"), "");
}

TEST(FormatHtml, IsOneSelfContainedPage) {
  const std::string page = format_html(some_summary());
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("<title>LightReasoner run demo</title>"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  for (const char* outside : {"<script", "<link", "<img", "http:", "https:", "url(", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
}

TEST(FormatHtml, SpeaksEveryFigure) {
  const std::string page = format_html(some_summary());
  EXPECT_EQ(count(page, "<figure>"), 3U);
  EXPECT_EQ(count(page, "<svg role=\"img\" aria-label=\""), 3U);
  EXPECT_EQ(count(page, "<figcaption>"), 3U);
}

TEST(FormatHtml, ShowsTheNumbersGiven) {
  const std::string page = format_html(some_summary());
  EXPECT_THAT(page, HasSubstr("<dd>40.0 %</dd>"));
  EXPECT_THAT(page, HasSubstr("<dd>88.2 %</dd>"));
  EXPECT_THAT(page, HasSubstr("<dd>+48.2</dd>"));
  EXPECT_THAT(page,
              HasSubstr("Before tuning 160 of 400 right, 40.0 % (95 % interval 35.3 to 44.9)"));
  EXPECT_THAT(page, HasSubstr("kl_beta = 0.4, right of the dashed line, are selected: 969 of 5,165 "
                              "(18.8 %)"));
  EXPECT_THAT(page, HasSubstr("at the last of 200 updates."));
  EXPECT_THAT(page, HasSubstr("<td class=\"value\">5,165</td>"));
}

TEST(FormatHtml, EscapesAllText) {
  RunSummary summary = some_summary();
  summary.title = "<b>&'\"";
  summary.accuracy.set = "<i>";
  summary.stage_seconds = {{"<u>", 1}};
  const std::string page = format_html(summary);
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("runs/&lt;demo&gt; &amp; more"));
  for (const char* tag : {"<b>", "<i>", "<u>", "<demo>"}) {
    EXPECT_THAT(page, Not(HasSubstr(tag)));
  }
}

TEST(FormatHtml, SaysWhatHasNotBeenDone) {
  const std::string page = format_html(RunSummary{});
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("No evaluation has been completed yet."));
  EXPECT_THAT(page, HasSubstr("Sampling has not been completed yet."));
  EXPECT_THAT(page, HasSubstr("Fine-tuning has not been completed yet."));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(FormatHtml, ShowsOneEvaluationWithoutTheOther) {
  RunSummary summary = some_summary();
  summary.accuracy.after.reset();
  summary.accuracy.mcnemar_p.reset();
  const std::string page = format_html(summary);
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("Before tuning"));
  EXPECT_THAT(page, Not(HasSubstr("change in points")));
}

TEST(FormatHtml, LeavesOutValuesThatAreNotFinite) {
  RunSummary summary = some_summary();
  summary.tuning.losses[7] = std::nan("");
  summary.tuning.losses[8] = std::numeric_limits<double>::infinity();
  summary.steps.step_kl[3] = nan;
  const std::string page = format_html(summary);
  EXPECT_EQ(nesting_fault(page), "");
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, HasSubstr("2 of them had no finite loss."));
  EXPECT_THAT(page, HasSubstr("1 values that are not finite are left out."));
  summary.tuning.losses = {std::nan("")};
  summary.steps.step_kl = {nan};
  expect_sound(format_html(summary));
}

TEST(FormatHtml, DrawsWhateverTheNumbersAre) {
  for (const std::vector<float>& kl : std::vector<std::vector<float>>{
           {0}, {0, 0, 0}, {-1e-7F}, {1e-30F, 1e30F}, {0.4F}, {50}, {1e-6F, 2, 0.3F}}) {
    for (const float beta : {0.4F, 0.0F, 1e-6F, 1e6F, nan}) {
      RunSummary summary = some_summary();
      summary.steps.step_kl = kl;
      summary.steps.kl_beta = beta;
      summary.steps.num_steps = kl.size();
      summary.steps.num_selected = 0;
      expect_sound(format_html(summary));
    }
  }
  for (const std::vector<double>& losses : std::vector<std::vector<double>>{
           {0}, {1}, {0, 0}, {1e-12, 1e12}, {-0.5, 0.5}, std::vector<double>(30'000, 0.1)}) {
    RunSummary summary = some_summary();
    summary.tuning.losses = losses;
    expect_sound(format_html(summary));
  }
}

/// Counts of the bars of a class, read back from their heights.
double bars_height(const std::string& page, const std::string& css_class) {
  double sum = 0;
  const std::string start = "<rect class=\"" + css_class + "\"";
  for (std::size_t at = page.find(start); at != std::string::npos; at = page.find(start, at + 1)) {
    sum += std::stod(page.substr(page.find("height=\"", at) + 8));
  }
  return sum;
}

TEST(FormatHtml, DrawsSelectedStepsInTheirShare) {
  RunSummary summary = some_summary();
  summary.steps.step_kl.clear();
  // On both sides of kl_beta and on it: a step at kl_beta is selected.
  for (int i = 0; i < 300; ++i) {
    summary.steps.step_kl.push_back(i % 3 == 0 ? 0.39F : i % 3 == 1 ? 0.4F : 3.0F);
  }
  const std::string page = format_html(summary);
  const double selected = bars_height(page, "selected"), left_out = bars_height(page, "left-out");
  EXPECT_NEAR(selected / (selected + left_out), 2.0 / 3, 0.005);
}

TEST(FormatHtml, StaysSmallForALongRun) {
  RunSummary summary = some_summary();
  summary.tuning.losses.assign(100'000, 0.5);
  for (std::size_t i = 0; i < summary.tuning.losses.size(); i += 2) {
    summary.tuning.losses[i] = 0.25;
  }
  summary.steps.step_kl.assign(1'000'000, 0.1F);
  EXPECT_LT(format_html(summary).size(), std::size_t{100'000});
}

}  // namespace
}  // namespace lightreasoner::report
