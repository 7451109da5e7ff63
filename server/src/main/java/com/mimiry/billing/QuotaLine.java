package com.mimiry.billing;

/**
 * How much of something may exist at once.
 *
 * @param name sessions, gpus, gpus.FAMILY, volumes or volume_gb
 * @param scope organization or user
 * @param used what exists now
 */
public record QuotaLine(String name, String scope, long limit, long used) {}
