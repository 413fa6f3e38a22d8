//! Offices that earlier versions wrote open, prove their log and go on.
