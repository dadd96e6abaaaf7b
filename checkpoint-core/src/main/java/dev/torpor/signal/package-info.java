// SPDX-License-Identifier: Apache-2.0
/** What signals do to a task: actions, masks, queues, alternate stacks. */
package dev.torpor.signal;
