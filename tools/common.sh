# Shared by the scripts beside it; sourced, never run. Leaves the caller in the top folder.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
jobs=$(nproc)

# The compiler cache wants a home; without one it lives here.
if [[ ! -w ${HOME:-/nonexistent} && -z ${CCACHE_DIR:-} ]]; then
  export CCACHE_DIR=$PWD/.cache/ccache
fi

# quietly LOG TITLE COMMAND…: runs COMMAND with its output in LOG. On a terminal TITLE stands there
# with ninja's count until it is done; elsewhere a line a minute tells that work goes on. When
# COMMAND fails, LOG is shown and its status returned.
quietly() {
  local log=$1 title=$2 pid status=0 ticks=0
  shift 2
  "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM  # A job in the background ignores Ctrl-C.
  while sleep 0.05 && kill -0 $pid 2>/dev/null; do
    ticks=$((ticks + 1))
    if [[ -t 2 ]] && ((ticks % 10 == 0)); then
      printf '\r%s %s ' "$title" "$(ninja_count "$log")" >&2
    elif [[ ! -t 2 ]] && ((ticks % 1200 == 100)); then
      printf '%s %s …\n' "$title" "$(ninja_count "$log")" >&2
    fi
  done
  wait $pid || status=$?
  trap - INT TERM
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
  if ((status)); then
    grep -avE '^\[[0-9]+/[0-9]+\] ' "$log" >&2 || true  # Ninja's own lines count what went well.
    printf '%s: failed\n' "$title" >&2
  fi
  return $status
}

ninja_count() { grep -aoE '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 1 || true; }

# configure DIR [CMAKE OPTION…]: makes the build folder unless it is there with the same options.
configure() {
  local dir=$1
  shift
  if [[ ! -f $dir/build.ninja || $(cat "$dir/.options" 2>/dev/null) != "$*" ]]; then
    mkdir -p "$dir"
    quietly "$dir/configure.log" "configuring $dir" cmake -G Ninja -B "$dir" -S . "$@" || return
    printf '%s' "$*" >"$dir/.options"
  fi
}

# compile DIR [TARGET…]: builds what is out of date; one at a time in each folder.
compile() {
  local dir=$1
  shift
  exec {lock}>"$dir/.lock"
  flock "$lock"
  local status=0
  quietly "$dir/build.log" "building $dir" ninja -C "$dir" -j "$jobs" "$@" || status=$?
  exec {lock}>&-
  return $status
}
