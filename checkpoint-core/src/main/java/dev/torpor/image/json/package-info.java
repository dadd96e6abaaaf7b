// SPDX-License-Identifier: Apache-2.0

/**
 * Images as JSON, in the shape of {@code crit} of CRIU 4.2. For tools; dump and restore never come
 * here.
 */
package dev.torpor.image.json;
