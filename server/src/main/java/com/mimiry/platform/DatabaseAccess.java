package com.mimiry.platform;

/**
 * How to connect to a database that is up to date.
 *
 * @param url of JDBC, without credentials
 */
public record DatabaseAccess(String url, String username, Secret password) {}
