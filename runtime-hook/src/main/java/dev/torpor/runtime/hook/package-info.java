// SPDX-License-Identifier: Apache-2.0
/**
 * Hooks that engines run when a container starts and ends: what its annotations ask for, and the
 * list of those that live. What must be quick the launcher does ({@code hook.c}, {@code
 * registry.c}).
 */
package dev.torpor.runtime.hook;
