// SPDX-License-Identifier: Apache-2.0

#include <asm/signal.h>
#include <asm/siginfo.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <linux/signalfd.h>

#include "layout.h"

CONST(Time, ITIMER_REAL)
CONST(Time, ITIMER_VIRTUAL)
CONST(Time, ITIMER_PROF)
CONST(Time, CLOCK_REALTIME)
CONST(Time, CLOCK_MONOTONIC)
CONST(Time, CLOCK_PROCESS_CPUTIME_ID)
CONST(Time, CLOCK_THREAD_CPUTIME_ID)
CONST(Time, CLOCK_MONOTONIC_RAW)
CONST(Time, CLOCK_REALTIME_COARSE)
CONST(Time, CLOCK_MONOTONIC_COARSE)
CONST(Time, CLOCK_BOOTTIME)
CONST(Time, CLOCK_REALTIME_ALARM)
CONST(Time, CLOCK_BOOTTIME_ALARM)
CONST(Time, CLOCK_TAI)
CONST(Time, TIMER_ABSTIME)
CONST(Time, SIGEV_SIGNAL)
CONST(Time, SIGEV_NONE)
CONST(Time, SIGEV_THREAD)
CONST(Time, SIGEV_THREAD_ID)
CONST(Time, TFD_TIMER_ABSTIME)
CONST(Time, TFD_TIMER_CANCEL_ON_SET)
CONST(Time, TFD_CLOEXEC)
CONST(Time, TFD_NONBLOCK)
CONST(Time, TFD_IOC_SET_TICKS)
CONST(Time, SFD_CLOEXEC)
CONST(Time, SFD_NONBLOCK)

SIZE(Time, Timespec, struct timespec)
FIELD(Time, Timespec, tv_sec, struct timespec, tv_sec)
FIELD(Time, Timespec, tv_nsec, struct timespec, tv_nsec)

SIZE(Time, Timeval, struct timeval)
FIELD(Time, Timeval, tv_sec, struct timeval, tv_sec)
FIELD(Time, Timeval, tv_usec, struct timeval, tv_usec)

SIZE(Time, Itimerval, struct itimerval)
FIELD(Time, Itimerval, it_interval, struct itimerval, it_interval)
FIELD(Time, Itimerval, it_value, struct itimerval, it_value)

SIZE(Time, Itimerspec, struct itimerspec)
FIELD(Time, Itimerspec, it_interval, struct itimerspec, it_interval)
FIELD(Time, Itimerspec, it_value, struct itimerspec, it_value)

SIZE(Time, Sigevent, struct sigevent)
FIELD(Time, Sigevent, sigev_value, struct sigevent, sigev_value)
FIELD(Time, Sigevent, sigev_signo, struct sigevent, sigev_signo)
FIELD(Time, Sigevent, sigev_notify, struct sigevent, sigev_notify)
FIELD(Time, Sigevent, sigev_notify_thread_id, struct sigevent, _sigev_un._tid)

SIZE(Time, SignalfdSiginfo, struct signalfd_siginfo)
FIELD(Time, SignalfdSiginfo, ssi_signo, struct signalfd_siginfo, ssi_signo)
FIELD(Time, SignalfdSiginfo, ssi_errno, struct signalfd_siginfo, ssi_errno)
FIELD(Time, SignalfdSiginfo, ssi_code, struct signalfd_siginfo, ssi_code)
FIELD(Time, SignalfdSiginfo, ssi_pid, struct signalfd_siginfo, ssi_pid)
FIELD(Time, SignalfdSiginfo, ssi_uid, struct signalfd_siginfo, ssi_uid)
