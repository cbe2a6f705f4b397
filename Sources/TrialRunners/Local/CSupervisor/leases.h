#pragma once

/// Holds names (AUTOLORA_LEASES, with spaces between) for as long as this process or one that it starts lives.
///
/// The descriptors are inherited: should this process be killed, what is left of the trial still has its devices. 0: they are held;
/// -1: another process has one of them.
int hold_leases(const char *names);
