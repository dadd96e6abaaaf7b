// SPDX-License-Identifier: Apache-2.0
/** The rooms of address spaces: mappings, page contents, what prctl(PR_SET_MM) knows. */
package dev.torpor.memory;
