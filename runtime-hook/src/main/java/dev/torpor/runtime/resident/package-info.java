// SPDX-License-Identifier: Apache-2.0
/**
 * An engine that has started already, and works for one launcher after the other ({@code
 * resident.c} of the launcher hands over).
 */
package dev.torpor.runtime.resident;
