// SPDX-License-Identifier: Apache-2.0
/** Programs that use Torpor as a library, each as short as it can be. */
package dev.torpor.examples;
