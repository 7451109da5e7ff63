package com.mimiry.volumes;

/** A volume that a session asked for and that is there; whether it is free is known when it is attached. */
public final class ChosenVolume {
    private final Volume volume;
    private final String path;

    ChosenVolume(Volume volume, String path) {
        this.volume = volume;
        this.path = path;
    }

    Volume volume() {
        return volume;
    }

    String path() {
        return path;
    }
}
