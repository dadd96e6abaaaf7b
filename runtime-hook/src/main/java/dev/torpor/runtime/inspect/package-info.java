// SPDX-License-Identifier: Apache-2.0
/**
 * What is in a checkpoint, for people: read into a {@link dev.torpor.runtime.inspect.Report}, and
 * shown as text, JSON or a page for a browser. Everything read comes from elsewhere and is shown as
 * text, never as markup or as commands of a terminal.
 */
package dev.torpor.runtime.inspect;
