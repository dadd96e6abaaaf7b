// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.Notifier;
import dev.torpor.runtime.option.CriuOptions;

/**
 * One dump or restore as a front end hands it over.
 *
 * @param options everything asked for, nothing unsupported among it
 * @param directories where images and by-products go
 * @param log takes what happens
 * @param notifier called on the way
 */
public record Job(
    CriuOptions options, Directories directories, OperationLog log, Notifier notifier) {}
