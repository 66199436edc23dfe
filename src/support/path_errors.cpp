// SPDX-License-Identifier: Apache-2.0
#include "support/path_errors.hpp"

#include "support/errors.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace lightreasoner::support {
namespace {

namespace fs = std::filesystem;

/// The shortest beginning of the path for which `is_so` holds.
std::optional<fs::path> first_part(const fs::path& path, const auto& is_so) {
  fs::path part;
  for (const fs::path& name : path) {
    part /= name;
    if (is_so(part)) return part;
  }
  return std::nullopt;
}

bool is_missing(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0;
}

/// The part of the path that is a link to nothing, if there is one.
std::optional<fs::path> dangling_link(const fs::path& path) {
  const auto missing = first_part(path, is_missing);
  struct stat status {};
  const bool is_entry = missing && ::lstat(missing->c_str(), &status) == 0;
  return is_entry && S_ISLNK(status.st_mode) ? missing : std::nullopt;
}

std::string way_out_of_missing(const fs::path& path) {
  if (const auto link = dangling_link(path)) {
    std::error_code ignored;
    return fmt::format("{} is a link to {}, which is not there; mend the link, or put a copy here",
                       link->string(), fs::read_symlink(*link, ignored).string());
  }
  const auto missing = first_part(path, is_missing);
  return missing && *missing != path
             ? fmt::format("there is no {}; check the name", missing->string())
             : "check the name";
}

/// Of a folder that cannot be made or entered because something else has its name.
std::optional<std::string> way_out_of_obstacle(const fs::path& path) {
  const auto obstacle = first_part(path, [](const fs::path& part) {
    struct stat status {};
    return ::stat(part.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
  });
  return obstacle ? std::optional(
                        fmt::format("{} is no folder; choose another name", obstacle->string()))
                  : std::nullopt;
}

std::string way_out_of_closed(const fs::path& path) {
  const auto closed = first_part(path, [](const fs::path& part) {
    struct stat status {};
    return ::stat(part.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           ::access(part.c_str(), X_OK) != 0;
  });
  if (closed) return fmt::format("this user may not enter {}; ask its owner", closed->string());
  // A link on the way may lead through a closed folder.
  const auto unreached = first_part(path, is_missing);
  std::error_code error;
  const fs::path target = unreached ? fs::read_symlink(*unreached, error) : fs::path();
  return target.empty() ? "check that this user may read it"
                        : way_out_of_closed(unreached->parent_path() / target);
}

}  // namespace

std::string way_out(const fs::path& path, int error) {
  switch (error) {
    case ENOENT:
      return "; " + way_out_of_missing(path);
    case ENOTDIR:
    case EEXIST:
      return "; " + way_out_of_obstacle(path).value_or(way_out_of_missing(path));
    case EACCES:
    case EPERM:
      return "; " + way_out_of_closed(path);
    case ELOOP:
      return "; the links on the way lead in a circle, mend one of them";
    case ENAMETOOLONG:
      return "; the path, or a name in it, is longer than the system takes: shorten it";
    case EISDIR:
      return "; give the name of a file";
    default:
      return "";
  }
}

void fail_to_read(const fs::path& path, const char* what, int error) {
  throw UserError(
      fmt::format("{}: {}: {}{}", path.string(), what, std::strerror(error), way_out(path, error)));
}

bool is_there(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return true;
  const int error = errno;
  const bool is_missing = error == ENOENT || error == ENOTDIR;
  if (!is_missing || dangling_link(path)) fail_to_read(path, "cannot be read", error);
  return false;
}

}  // namespace lightreasoner::support
