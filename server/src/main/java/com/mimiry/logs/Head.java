package com.mimiry.logs;

/**
 * What is stored of a session's log, as its row says while it is locked.
 *
 * @param bytes stored, before compression
 * @param lastChunkBytes size of the last chunk before compression; 0 where there is none
 * @param lastNs timestamp of the last line; 0 where there is none
 * @param reports how many reports of the init there are
 */
record Head(
        long chunks, long bytes, int lastChunkBytes, long lastNs, long droppedLines, long droppedBytes, int reports) {}
