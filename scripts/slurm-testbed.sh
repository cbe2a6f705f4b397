#!/usr/bin/env bash
# A throw-away Slurm cluster on this one machine, for tests: a slurmctld and some slurmds on 127.0.0.1. It installs slurm-wlm where that is missing
# (Debian or Ubuntu, as root). No accounting; short times: KillWait 5, SlurmdTimeout 15, MessageTimeout 5 seconds.
#
#   scripts/slurm-testbed.sh start FOLDER [--nodes N] [--cpus N] [--gpus N] [--port P] [--cgroup] [--set Key=Value]...
#   scripts/slurm-testbed.sh controller down|hang|up FOLDER   slurmctld dies (KILL), answers nobody (STOP), works again
#   scripts/slurm-testbed.sh node NAME down|up FOLDER         its power fails, jobs and all; it comes back
#   scripts/slurm-testbed.sh stop FOLDER                      ends all of it and removes the folder
#
# --cgroup: jobs have the memory that they ask for, by control groups, and can end OUT_OF_MEMORY.
# Then: export SLURM_CONF=FOLDER/etc/slurm.conf. Partitions: main (the default), low (preempted by main, and cancelled then), short (1 minute at
# most), down. FOLDER is absolute and its path short: sockets lie in it.
set -euo pipefail
export LC_ALL=C
fail() { echo "slurm-testbed: $*" >&2; exit 1; }
program() { command -v "$1" || echo "/usr/sbin/$1"; }

# Processes are known by number and start time, so that a number that was given out again is left alone.
began() { local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; stat=${stat##*) }; set -- $stat; [ "$1" != Z ] && echo "${20}"; }
launch() {
    local name=$1; shift
    SLURM_CONF=$conf setsid "$@" </dev/null >>"$folder/log/$name.out" 2>&1 9>&- &
    local pid=$!
    disown "$pid"
    sleep 0.1
    echo "$pid $(began "$pid" || echo gone)" >"$folder/run/$name"
}
pid_of() {
    local pid start
    [ -f "$folder/run/$1" ] && read -r pid start <"$folder/run/$1" && [ "$(began "$pid" || true)" = "$start" ] && echo "$pid"
}
tree() { local pid child; for pid in "$@"; do echo "$pid"; for child in $(cat "/proc/$pid/task/"*/children 2>/dev/null || true); do tree "$child"; done; done; }
# The managers of a node's job steps, and all that its jobs run.
steps() {
    local file pid
    for file in /proc/[0-9]*/comm; do
        pid=${file//[^0-9]/}
        [ "$(cat "$file" 2>/dev/null || true)" = slurmstepd ] && find "/proc/$pid/fd" -lname "$folder/log/slurmd-$1.log" -print -quit 2>/dev/null | grep -q . && tree "$pid"
    done
    for file in $(grep -lzxF -- "SLURMD_NODENAME=$1" /proc/[0-9]*/environ 2>/dev/null); do
        grep -qzxF -- "SLURM_CONF=$conf" "$file" 2>/dev/null && echo "${file//[^0-9]/}"
    done
    return 0
}
end() { local pid; pid=$(pid_of "$1") && kill -CONT "$pid" && kill -KILL "$pid"; rm -f "$folder/run/$1"; }
nodes() { sed -n 's/^NodeName=n\[1-\([0-9]*\)\].*/\1/p' "$conf" | xargs -I{} seq -f n%g 1 {}; }
start_node() { mkdir -p "$folder/spool/$1"; launch "slurmd-$1" "$(program slurmd)" -D -f "$conf" -N "$1"; }
slurm() { SLURM_CONF=$conf timeout 20 "$@"; }

install() {
    [ -x "$(program slurmctld)" ] && [ -x "$(program slurmd)" ] && [ -x "$(program munged)" ] && return
    [ "$(id -u)" = 0 ] || fail "Slurm is not installed: as root, apt-get install slurm-wlm munge"
    # The packages would start services of their own.
    local policy=/usr/sbin/policy-rc.d made=
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; made=1; }
    { apt-get install -y --no-install-recommends slurm-wlm munge || { apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge; }; } \
        >/tmp/slurm-testbed-apt.log 2>&1 || { [ -z "$made" ] || rm -f $policy; tail -5 /tmp/slurm-testbed-apt.log >&2; fail "apt could not install slurm-wlm and munge"; }
    [ -z "$made" ] || rm -f $policy
}

is_taken() { grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null; }

configure() {
    local user; user=$(id -un)
    {
        cat <<END
ClusterName=testbed
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerParameters=bf_interval=2,sched_interval=2,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=15
MessageTimeout=5
TCPTimeout=2
BatchStartTimeout=10
KillWait=5
MinJobAge=300
PlugStackConfig=$folder/etc/plugstack.conf
END
        [ "$gpus" = 0 ] || echo "GresTypes=gpu"
    } >"$conf"
    local setting
    for setting in "${settings[@]+"${settings[@]}"}"; do
        sed -i "/^${setting%%=*}=/Id" "$conf"
        echo "$setting" >>"$conf"
    done
    local gres=; [ "$gpus" = 0 ] || gres="Gres=gpu:$gpus"
    cat >>"$conf" <<END
NodeName=n[1-$count] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + count))] CPUs=$cpus RealMemory=4000 $gres State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 PriorityTier=10 PreemptMode=OFF State=UP
PartitionName=low Nodes=ALL MaxTime=INFINITE DefaultTime=60 PriorityTier=1 PreemptMode=REQUEUE GraceTime=0 State=UP
PartitionName=short Nodes=ALL MaxTime=1 PriorityTier=10 PreemptMode=OFF State=UP
PartitionName=down Nodes=ALL MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF State=DOWN
END
    : >"$folder/etc/plugstack.conf"
    {
        echo "CgroupAutomount=no"
        [ -z "$cgroup" ] || printf 'ConstrainRAMSpace=yes\nConstrainSwapSpace=no\nAllowedRAMSpace=100\nMinRAMSpace=16\n'
        [ -z "$cgroup" ] || [ -e /sys/fs/cgroup/cgroup.controllers ] || echo "CgroupPlugin=cgroup/v1"
    } >"$folder/etc/cgroup.conf"
    [ "$gpus" != 0 ] || return 0
    echo "AutoDetect=off" >"$folder/etc/gres.conf"
    local node gpu
    for node in $(nodes); do
        # Slurm wants devices: more names of /dev/null.
        for ((gpu = 0; gpu < gpus; gpu++)); do
            mknod "$folder/gpu/$node-$gpu" c 1 3
            echo "NodeName=$node Name=gpu File=$folder/gpu/$node-$gpu" >>"$folder/etc/gres.conf"
        done
    done
}

start() {
    count=2 cpus=4 gpus=0 port=26817 cgroup= settings=()
    while [ $# -gt 0 ]; do
        case $1 in
        --cgroup) cgroup=1 settings+=(ProctrackType=proctrack/cgroup TaskPlugin=task/cgroup JobAcctGatherType=jobacct_gather/cgroup); shift; continue ;;
        --nodes) count=$2 ;; --cpus) cpus=$2 ;; --gpus) gpus=$2 ;; --port) port=$2 ;; --set) settings+=("$2") ;;
        *) fail "$1: unknown; see the head of $0" ;;
        esac
        shift 2
    done
    [ ${#folder} -le 70 ] || fail "$folder: the path is too long; at most 70 bytes"
    [ ! -e "$conf" ] || fail "$folder: there is a cluster already; stop it first"
    exec 9>>/tmp/.slurm-testbed.lock
    flock -w 300 9 || fail "another cluster has been starting for 5 minutes"
    install
    mkdir -p "$folder"/{etc,munge,state,spool,log,run,gpu}
    chmod 755 "$folder" "$folder/munge"
    while for ((next = port; next <= port + count; next++)); do is_taken "$next" && break; done; is_taken "$next"; do port=$((port + 20)); done
    configure
    (umask 077; head -c 1024 /dev/urandom >"$folder/munge/key")
    launch munged "$(program munged)" --foreground --force --num-threads=2 --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
        --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    for _ in $(seq 100); do [ -S "$folder/munge/socket" ] && break; sleep 0.05; done
    launch slurmctld "$(program slurmctld)" -D -f "$conf"
    local node; for node in $(nodes); do start_node "$node"; done
    for _ in $(seq 200); do
        [ "$(slurm sinfo -h -N -p main -o %t 2>/dev/null | sort -u)" = idle ] && return
        sleep 0.2
    done
    fail "not usable within 40 s; see $folder/log"
}

stop() {
    [ -f "$conf" ] || return 0
    local node pid round
    end slurmctld || true
    for node in $(nodes); do
        end "slurmd-$node" || true
        for round in 1 2 3; do pid=$(steps "$node"); [ -z "$pid" ] || kill -KILL $pid 2>/dev/null || true; done
    done
    end munged || true
    if grep -q '^ConstrainRAM' "$folder/etc/cgroup.conf"; then find /sys/fs/cgroup -depth -path '*/slurm_n[0-9]*' -type d -exec rmdir {} + 2>/dev/null || true; fi
    rm -rf "$folder"
}

command=${1:-}; shift || fail "see the head of $0"
words=()
case $command in controller) words=("$1"); shift ;; node) words=("$1" "$2"); shift 2 ;; esac
folder=${1:-}; shift || fail "which folder?"
case $folder in /*) ;; *) fail "$folder: give an absolute path" ;; esac
conf=$folder/etc/slurm.conf
case "$command ${words[*]+"${words[*]}"}" in
"start ") start "$@" ;;
"stop ") stop ;;
"controller down") end slurmctld ;;
"controller hang") kill -STOP "$(pid_of slurmctld)" ;;
"controller up")
    if pid=$(pid_of slurmctld); then kill -CONT "$pid"; else launch slurmctld "$(program slurmctld)" -D -f "$conf"; fi
    for _ in $(seq 100); do slurm scontrol ping 2>/dev/null | grep -q 'is UP' && exit 0; sleep 0.1; done
    fail "slurmctld did not come up" ;;
"node "*" down")
    # The daemon first: it must not tell how the rest ended.
    end "slurmd-${words[0]}" || true
    for round in 1 2 3; do pid=$(steps "${words[0]}"); [ -z "$pid" ] || kill -KILL $pid 2>/dev/null || true; done ;;
"node "*" up") start_node "${words[0]}" ;;
*) fail "see the head of $0" ;;
esac
