// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.core_entry;
import java.util.concurrent.FutureTask;

/**
 * The image entry of one thread, in the making.
 *
 * @param tid as Torpor sees it
 * @param imageTid as the images number it
 * @param core becomes core-TID.img
 */
record CapturedThread(int tid, int imageTid, FutureTask<core_entry.Builder> core) {}
