package com.mimiry.catalog;

/**
 * A GPU model under its canonical name {@code {Family}_{Vram}G_{FormFactor}}.
 *
 * @param vramGb memory of one GPU in GB as marketed
 * @param formFactor PCIe, SXM, NVL, OAM or SC
 */
public record GpuModel(String name, String displayName, String family, int vramGb, String formFactor) {}
