# What tools/bench's programs are built by; sourced after tools/common.sh, never run.
# shellcheck shell=bash

# take_build_options ARGUMENT…: sets prefix (of ns-3), build (empty: nothing is to be built), and
# words, what is left of the arguments.
take_build_options() {
  prefix=/usr build=yes words=()
  while (($#)); do
    case $1 in
    --ns3) prefix=$(realpath "${2:?--ns3 wants a folder}") && shift ;;
    --no-build) build= ;;
    *) words+=("$1") ;;
    esac
    shift
  done
}

# build_bench TARGET…: these in build-bench, and natsim-bench-ns3 where ns-3 is installed.
build_bench() {
  # All that decides how natsim is compiled for measuring.
  local options=(-DNATSIM_TESTS=ON -DNS3_PREFIX="$prefix")
  mkdir -p build-bench
  configure build-bench "${options[@]}"
  has_ns3() { ninja -C build-bench -t query natsim_bench_ns3 >/dev/null 2>&1; }
  if [[ -e $prefix/include/ns3/core-module.h ]] && ! has_ns3; then
    rm build-bench/.options  # It was installed after the folder was made.
    configure build-bench "${options[@]}"
  fi
  compile build-bench "$@"
  if has_ns3; then compile build-bench natsim_bench_ns3; fi
}
