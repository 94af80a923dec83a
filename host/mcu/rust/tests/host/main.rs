//! One program for all tests, which share their cases.

mod cases;
mod damage;
mod models;
