package com.mimiry.catalog;

/**
 * A GPU model under its canonical name {@code {Family}_{Vram}G_{FormFactor}}.
 *
 * @param vramGb memory of one GPU in GB as marketed; 0 where unknown
 * @param formFactor PCIe, SXM, NVL, OAM or SC; "" where unknown
 */
public record GpuModel(String name, String displayName, String family, int vramGb, String formFactor) {
    static final String UNKNOWN_PREFIX = "Unknown:";

    /** What stands for the GPU of a machine without any; never chosen for a session. */
    static final GpuModel CPU_ONLY = new GpuModel("CPU", "No GPU", "CPU", 0, "");

    /** A GPU that a provider has and the catalogue does not know: it can be seen and asked for by this very name. */
    static GpuModel unknown(String text, int memoryMib) {
        String shown = text.strip();
        shown = shown.length() > 80 ? shown.substring(0, 80) : shown;
        return new GpuModel(UNKNOWN_PREFIX + shown, shown, "Unknown", Math.ceilDiv(memoryMib, 1024), "");
    }

    boolean isCpuOnly() {
        return this.equals(CPU_ONLY);
    }
}
